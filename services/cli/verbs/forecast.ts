/** `fastgpu forecast`: the GPU demand to expect, hour by hour, beside what it was and how far such forecasts were off. */
import type { Command } from 'commander'
import type { Forecast } from '../../../sdk/typescript/index.ts'
import { example, printing, remote } from '../command.ts'
import { integerOf } from '../parse/quantities.ts'
import { withServer } from '../server.ts'
import { sparkline, squeeze } from '../show/plot.ts'
import { table } from '../show/table.ts'
import { stamp } from '../show/time.ts'
import { show, terminalOf, type CommonOptions, type Terminal } from '../terminal.ts'

interface Options extends CommonOptions {
  readonly model?: string
  readonly hours: string
}

/** As far as the server forecasts. */
const HOURS_MAX = 168

export const define = (command: Command): void => {
  command.option('--model <model>', 'Only of this GPU model').option('--hours <n>', 'How far ahead', '24')
  remote(printing(command))
  example(command, 'fastgpu forecast --model H100 --hours 48')
  command.action(async (options: Options) => {
    const terminal = terminalOf(options)
    const hours = integerOf(options.hours, 1, HOURS_MAX, '--hours')
    const forecasts = await withServer(options, (client) =>
      client.forecast({ hours, ...(options.model === undefined ? {} : { model: options.model }) })
    )
    await show(terminal, {
      data: forecasts,
      table: (wide) =>
        forecasts.length === 0
          ? ['There is no GPU model to forecast yet.']
          : [...forecasts.flatMap((one, index) => [...(index === 0 ? [] : ['']), ...lines(one, wide, terminal)]), ...beginning(forecasts)],
      ids: () => forecasts.map((one) => one.model)
    })
  })
}

/** Without -o wide no more rows than this are shown: of a longer time every second hour, or third, and so on. */
const ROWS_MAX = 8

const lines = (forecast: Forecast, wide: boolean, terminal: Terminal): ReadonlyArray<string> => {
  const width = Math.max(24, terminal.columns - 20)
  if (forecast.history.length === 0) return [sofar(forecast)]
  const step = wide ? 1 : Math.ceil(forecast.hours.length / ROWS_MAX)
  const error =
    forecast.errorGpus === null
      ? 'not known yet: there are too few hours to test it on'
      : `${forecast.errorGpus.toFixed(1)} GPUs on average, on the hours that are known${forecast.naiveErrorGpus === null ? '' : `; repeating the last season: ${forecast.naiveErrorGpus.toFixed(1)}`}`
  return [
    `${nameOf(forecast)}, GPUs in demand (held or waited for)`,
    `  so far   ${sparkline(
      squeeze(
        forecast.history.map((hour) => hour.gpus),
        width
      ),
      terminal.plain
    )}`,
    `  ahead    ${sparkline(
      squeeze(
        forecast.hours.map((hour) => hour.gpus),
        width
      ),
      terminal.plain
    )}`,
    `  error    ${error}`,
    '',
    ...table(
      forecast.hours.filter((_, index) => index % step === 0),
      [
        { title: '  HOUR', cell: (hour) => `  ${stamp(hour.startMs)}` },
        { title: 'GPUS', cell: (hour) => hour.gpus.toFixed(1), right: true },
        { title: 'LOW', cell: (hour) => hour.low.toFixed(1), right: true },
        { title: 'HIGH', cell: (hour) => hour.high.toFixed(1), right: true }
      ]
    )
  ]
}

const sofar = (forecast: Forecast): string =>
  `${nameOf(forecast)}: ${forecast.hours[0]?.gpus.toFixed(1) ?? '-'} in demand now (held or waited for)`

const beginning = (forecasts: ReadonlyArray<Forecast>): ReadonlyArray<string> =>
  forecasts.some((one) => one.history.length === 0)
    ? ['', 'No full hour is known yet: until then every hour is expected to be as it is now.']
    : []

const nameOf = ({ model }: Forecast): string => (model === '' || model === 'any' ? 'GPUs of any model' : model)
