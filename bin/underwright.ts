// Handlers make their loggers when they are loaded, so what they log by is set before anything else is.
process.env['POWERTOOLS_LOG_LEVEL'] ??= 'SILENT';

// A reader that has seen enough, such as `head`, is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  throw error;
});

const { run } = await import('../cli/program.ts');
process.exitCode = await run(process.argv.slice(2));
