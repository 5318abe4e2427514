/** Records to append, when it does not matter what they say. */
import type { InputRecord } from '../../domain/ports/eventLog.ts'

export const inputOf = (id: string, data = `{"id":"${id}"}`): InputRecord => ({
  id,
  source: '/test',
  type: 'fastgpu.job.submit',
  time: '2026-01-01T00:00:00.000Z',
  data: new TextEncoder().encode(data)
})
