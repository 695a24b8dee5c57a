import { StageInvalid, stageNamed } from '../../stages/stage.ts';
import { CheckFailed } from './failure.ts';

/** @throws CheckFailed for a stage that is not marked throwaway, such as production, or whose file has faults */
export function requireThrowaway(name: string): void {
  let throwaway: boolean;
  try {
    ({ throwaway } = stageNamed(name));
  } catch (error) {
    if (error instanceof StageInvalid) throw new CheckFailed(error.message, { cause: error });
    throw error;
  }
  if (!throwaway)
    throw new CheckFailed(
      `stages/${name}.yaml is not marked \`throwaway: true\`, so the check may not destroy it: choose the stage proof, or a ` +
        `copy of stages/proof.yaml.`,
    );
}
