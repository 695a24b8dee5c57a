import { localDate, type LocalDate } from '../../domain/calendar.ts';
import { stageNamed } from '../../stages/stage.ts';

/** The lender of the sandbox, which a data folder has without a stage of its own. */
export const LENDER = stageNamed('sandbox').lender;

/** The lender's local date of an instant. */
export const lenderDate = (instant: string): LocalDate => localDate(instant, LENDER.timeZone);
