/** The queue and the timers against lists that are sorted anew each time. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { queue } from '../../../domain/queueing/queue.ts'
import { timers } from '../../../domain/queueing/timers.ts'

interface Waiting {
  readonly job: number
  readonly shape: number
  readonly priority: number
}

it('turns come by priority and then by number, whoever came back, left or was blocked', () => {
  const step = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ type: fc.constant('submit' as const), shape: fc.nat(2), priority: fc.integer({ min: -1, max: 1 }) })
    },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('leave' as const), which: fc.nat(99) }) },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('turns' as const), served: fc.nat(5), back: fc.boolean(), blocked: fc.nat(2) }) }
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
      const line = queue()
      let waiting: Array<Waiting> = []
      let next = 0
      for (const one of steps) {
        if (one.type === 'submit') {
          const job = { job: next++, shape: one.shape, priority: one.priority }
          waiting.push(job)
          line.add(job.job, job.shape, job.priority)
        } else if (one.type === 'leave' && waiting.length > 0) {
          const [gone] = waiting.splice(one.which % waiting.length, 1)
          line.leave(gone!.shape)
        } else if (one.type === 'turns') {
          const turns = line.turns((job) => waiting.some((other) => other.job === job))
          let order = [...waiting].sort((a, b) => b.priority - a.priority || a.job - b.job)
          for (let count = 0; count < one.served; count++) {
            const first = order[0]
            expect(turns.job()).toBe(first?.job ?? -1)
            if (first === undefined) break
            expect(turns.shape()).toBe(first.shape)
            if (count === one.blocked) {
              turns.blocked()
              order = order.filter((other) => other.shape !== first.shape || other.priority !== first.priority)
              continue
            }
            waiting = waiting.filter((other) => other !== first)
            turns.served()
            order.shift()
            if (one.back && count === 0) {
              // Requeued after the turns: it keeps its number, and so its place.
              order = []
              waiting.push(first)
              line.add(first.job, first.shape, first.priority)
              break
            }
          }
        }
        for (const shape of [0, 1, 2]) expect(line.waiting(shape)).toBe(waiting.filter((other) => other.shape === shape).length)
      }
    }),
    { numRuns: 500 }
  )
})

it('timers give out what is due, the earliest first, and know the next time', () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ type: fc.constant('set' as const), number: fc.nat(9), timeMs: fc.nat(50) }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('remove' as const), number: fc.nat(9) }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('take' as const), atMs: fc.nat(50) }) }
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
      const clock = timers()
      const times = new Map<number, number>()
      for (const one of steps) {
        if (one.type === 'set') {
          clock.set(one.number, one.timeMs)
          times.set(one.number, one.timeMs)
        } else if (one.type === 'remove') {
          clock.remove(one.number)
          times.delete(one.number)
        } else {
          for (let number = clock.takeDue(one.atMs); number >= 0; number = clock.takeDue(one.atMs)) {
            expect(times.get(number)).toBe(Math.min(...times.values()))
            times.delete(number)
          }
          expect([...times.values()].every((timeMs) => timeMs > one.atMs)).toBe(true)
        }
        expect(clock.firstMs()).toBe(times.size === 0 ? -1 : Math.min(...times.values()))
        expect([...clock.numbers()].sort()).toEqual([...times.keys()].sort())
      }
    }),
    { numRuns: 500 }
  )
})
