/** The golden files of events and inputs: one for each stored version, as it was first written. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type * as t from 'io-ts'
import { decisionCodecs } from '../../domain/events/decisions.ts'
import { factCodecs } from '../../domain/events/facts.ts'
import { inputTypes } from '../../domain/events/inputs.ts'
import { eventExamples, inputExamples } from './examples.ts'

export const folder = join(import.meta.dirname, 'events')

export interface Golden {
  /** With its version: JobSubmitted.v1, fastgpu.job.submit.v1. */
  readonly name: string
  readonly codec: t.Mixed
  readonly value: unknown
}

const versioned = (tag: string): string => (/\.v\d+$/.test(tag) ? tag : `${tag}.v1`)

export const goldens: ReadonlyArray<Golden> = [
  ...Object.entries({ ...factCodecs, ...decisionCodecs }).map(([tag, codec]) => ({
    name: versioned(tag),
    codec,
    value: eventExamples[tag as keyof typeof eventExamples]
  })),
  ...Object.entries(inputTypes).map(([type, { codec }]) => ({
    name: versioned(type),
    codec,
    value: inputExamples[type as keyof typeof inputExamples]
  }))
]

/** Stored as a round stores it, with a line feed behind it. */
export const encoded = (value: unknown): string => `${JSON.stringify(value)}\n`

export const fileOf = (name: string): string => join(folder, `${name}.json`)
export const storedNames = (): ReadonlyArray<string> =>
  readdirSync(folder)
    .map((file) => file.slice(0, -'.json'.length))
    .sort()
export const storedText = (name: string): string => readFileSync(fileOf(name), 'utf8')

/** Writes what is not there yet, and never changes what is. */
if (import.meta.main) {
  mkdirSync(folder, { recursive: true })
  for (const { name, value } of goldens) if (!existsSync(fileOf(name))) writeFileSync(fileOf(name), encoded(value))
}
