/** Runs the program on a database that is limited to a number of pages of 4 KiB: the first argument. */
process.env['POWERTOOLS_LOG_LEVEL'] ??= 'SILENT';

const { run } = await import('../../cli/program.ts');
const [maxPages, ...argv] = process.argv.slice(2);
process.exitCode = await run(argv, { maxPages: Number(maxPages) });
