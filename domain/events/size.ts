/**
 * How many bytes a value takes as compact JSON in UTF-8: a round is bounded in bytes, and the core must know the size of an event
 * without encoding it. Equal to the length of JSON.stringify's answer for everything that a codec lets through.
 */
export const encodedBytes = (value: unknown): number => {
  switch (typeof value) {
    case 'string':
      return textBytes(value)
    case 'number':
      return numberBytes(value)
    case 'boolean':
      return value ? 4 : 5
    case 'object':
      return value === null ? 4 : Array.isArray(value) ? listBytes(value) : recordBytes(value as Readonly<Record<string, unknown>>)
    default:
      return 0
  }
}

const listBytes = (items: ReadonlyArray<unknown>): number => {
  let bytes = 2 + Math.max(0, items.length - 1)
  for (const item of items) bytes += encodedBytes(item)
  return bytes
}

const recordBytes = (record: Readonly<Record<string, unknown>>): number => {
  let bytes = 1
  for (const key in record) {
    const value = record[key]
    if (value !== undefined) bytes += textBytes(key) + 2 + encodedBytes(value)
  }
  return Math.max(2, bytes)
}

const numberBytes = (value: number): number => {
  if (!Number.isSafeInteger(value)) return String(value).length
  let digits = value < 0 ? 2 : 1
  for (let rest = Math.abs(value); rest >= 10; rest = Math.floor(rest / 10)) digits += 1
  return digits
}

const textBytes = (text: string): number => {
  let bytes = 2 + text.length
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code >= 0x20 && code < 0x80) {
      if (code === 0x22 || code === 0x5c) bytes += 1
    } else if (code < 0x20) bytes += SHORT_ESCAPES.includes(code) ? 1 : 5
    else if (code < 0x800) bytes += 1
    // Two units of a surrogate pair make four bytes: one more for each unit; any other unit of this range makes three.
    else bytes += code >= 0xd800 && code < 0xe000 ? 1 : 2
  }
  return bytes
}

/** Backspace, tab, line feed, form feed and carriage return have two-character escapes. */
const SHORT_ESCAPES: ReadonlyArray<number> = [8, 9, 10, 12, 13]
