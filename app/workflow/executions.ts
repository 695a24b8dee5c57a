export { executionName, MOST_REOPENINGS, parseExecutionName } from '../../domain/ledger/execution-name.ts';
