export { executionName, MAX_REOPENINGS, parseExecutionName } from '../../domain/ledger/execution-name.ts';
