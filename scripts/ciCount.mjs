/**
 * For .ci/run: reads what a step left behind and prints "PASSED FAILED" (vitest, unittest), or checks that a bench's document is one.
 * Whatever cannot be understood counts as one failure, so that a step that never began is not taken for a good one.
 */
import { readFileSync } from 'node:fs'

const [kind, file, code] = process.argv.slice(2)

const vitest = (text) => {
  const report = JSON.parse(text)
  // A file that cannot even be loaded has failed, though it has no test that did.
  const broken = report.testResults.filter((result) => result.status === 'failed' && result.assertionResults.length === 0).length
  return [report.numPassedTests, report.numFailedTests + broken]
}

const unittest = (text) => {
  const ran = Number(/^Ran (\d+) tests?/m.exec(text)[1])
  const amount = (word) => Number(new RegExp(`${word}=(\\d+)`).exec(text)?.[1] ?? 0)
  const bad = amount('failures') + amount('errors')
  return [ran - bad - amount('skipped'), bad]
}

const counted = (read) => {
  try {
    const [passed, failed] = read(readFileSync(file, 'utf8'))
    return code !== '0' && failed === 0 ? [passed, 1] : passed + failed === 0 ? [0, 1] : [passed, failed]
  } catch (error) {
    process.stderr.write(`no report of the ${kind} step: ${error.message}\n`)
    return [0, 1]
  }
}

const isDocument = () => {
  try {
    const { results, rows } = JSON.parse(readFileSync(file, 'utf8'))
    if ((results ?? rows)?.length > 0) return true
    process.stderr.write('the document has no results\n')
  } catch (error) {
    process.stderr.write(`not one JSON document: ${error.message}\n`)
  }
  return false
}

if (kind === 'document') process.exitCode = isDocument() ? 0 : 1
else console.log(counted(kind === 'vitest' ? vitest : unittest).join(' '))
