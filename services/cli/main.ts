/** The entry of the command line: the answers that need nothing are given at once, all else is loaded when it is needed. */

// bin/fastgpu set this for this process alone: a job that is submitted or started from here must not inherit it.
if (process.env['NODE_COMPILE_CACHE']?.endsWith('/fastgpu/compile') === true) Reflect.deleteProperty(process.env, 'NODE_COMPILE_CACHE')

const words = process.argv.slice(2)
if (words.length === 1 && (words[0] === '--version' || words[0] === '-V')) {
  const { versionOf } = await import('./version.ts')
  process.stdout.write(`${versionOf()}\n`)
} else {
  const { run } = await import('./program.ts')
  await run(words)
}
