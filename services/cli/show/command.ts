/** The command of a job, as somebody would type it, out of its body. */

export const commandText = (body: string): string => {
  const words = wordsOf(body)
  return words === undefined ? 'something that this version cannot read' : words.map(quoted).join(' ')
}

const wordsOf = (body: string): ReadonlyArray<string> | undefined => {
  try {
    const { command } = JSON.parse(body) as { readonly command?: unknown }
    return Array.isArray(command) && command.every((word) => typeof word === 'string') ? command : undefined
  } catch {
    return undefined
  }
}

const quoted = (word: string): string => (/^[A-Za-z0-9_./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)
