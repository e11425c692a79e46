import { MqttError } from '../../errors.js';
import type { ThemeName } from './picture/style.js';

/** Options of `drawTrace()` and `toDrawing()`. */
export interface DrawTraceOptions {
  /** The first moment that is drawn, in ms since the start of the trace. Default: the start. */
  readonly from?: number;
  /** The last moment that is drawn, in ms since the start of the trace. Default: the end. */
  readonly to?: number;
  /**
   * How wide the picture may be, in px, from 320 to 20,000. Where a band is full, time goes on in the next one. A picture is wider only if a
   * single event is. Default 960.
   */
  readonly width?: number;
  /**
   * The most events that are drawn, from 1 to 5,000. Of a longer trace those around the first error are drawn, or the last ones if there is
   * no error; with `from` or `to` the first ones. A line in the picture says so. Default 500.
   */
  readonly maxEvents?: number;
  /** The colours: those that the reader prefers, or always the same. Default 'auto'. */
  readonly theme?: 'auto' | 'light' | 'dark';
}

/** The options with their defaults. */
export interface DrawSettings {
  readonly from: number;
  readonly to: number;
  /** Whether `from` or `to` was given. */
  readonly isChosen: boolean;
  readonly width: number;
  readonly maxEvents: number;
  readonly theme: ThemeName;
}

const themes: readonly unknown[] = ['auto', 'light', 'dark'];

export function checkDrawTraceOptions(options: DrawTraceOptions): DrawSettings {
  const { from = 0, to = Infinity, width = 960, maxEvents = 500, theme = 'auto' } = options;
  if (!isNumber(from, 0, Number.MAX_SAFE_INTEGER)) throw invalid('from', 'a number of ms from 0', from);
  if (to !== Infinity && !isNumber(to, from, Number.MAX_SAFE_INTEGER))
    throw invalid('to', "a number of ms from option 'from'", to);
  if (!isNumber(width, 320, 20_000)) throw invalid('width', 'a number of px from 320 to 20,000', width);
  if (!isNumber(maxEvents, 1, 5_000) || !Number.isInteger(maxEvents))
    throw invalid('maxEvents', 'an integer from 1 to 5,000', maxEvents);
  if (!themes.includes(theme)) throw invalid('theme', "'auto', 'light' or 'dark'", theme);
  const isChosen = options.from !== undefined || options.to !== undefined;
  return { from, to, isChosen, width, maxEvents, theme };
}

const isNumber = (value: unknown, least: number, most: number): boolean =>
  typeof value === 'number' && value >= least && value <= most;

const invalid = (subject: string, allowed: string, value: unknown): MqttError => {
  const got = typeof value === 'number' ? String(value) : typeof value;
  return new MqttError('INVALID_ARGUMENT', `option '${subject}' must be ${allowed}; got ${got}`, { subject });
};
