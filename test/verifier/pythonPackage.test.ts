/** The Python package's own tests, run with ours. */
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { hasPython, python } from './python.ts'

const PACKAGE = fileURLToPath(new URL('../../sdk/python', import.meta.url))

test.skipIf(!hasPython)('the tests of the Python package pass', async () => {
  const { code, stderr } = await python('-m', 'unittest', 'discover', '-s', `${PACKAGE}/tests`, '-t', PACKAGE)
  expect(stderr).toMatch(/Ran \d{2,} tests/)
  expect(code, stderr).toBe(0)
})
