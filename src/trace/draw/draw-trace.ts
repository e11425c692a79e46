import { type OperatorFunction, defer, map, reduce } from 'rxjs';
import type { TraceEvent } from '../trace-event.js';
import { bandsOf } from './bands.js';
import { type DrawSettings, type DrawTraceOptions, checkDrawTraceOptions } from './draw-trace-options.js';
import { drawPicture, headingWidth } from './picture/picture.js';
import { wrappedText } from './picture/text-width.js';
import { headingOf, sentenceOf } from './summary.js';
import { tickOf, timeWords } from './trace-time.js';
import { TraceWindow } from './trace-window.js';

/**
 * Draws a trace as an SVG: the states of the connection, packets in both directions, streams, settlements, warnings and figures, each with
 * its fields for a reader who points at it. Equal traces give equal pictures, byte by byte.
 *
 * It holds no more events than it draws, so the trace can be of any length: pass a generator, such as `parseTrace()`. See
 * {@link toDrawing} for a trace that comes in time.
 *
 * @throws MqttError `INVALID_ARGUMENT` if an option or an event is invalid, and what the iteration throws.
 */
export function drawTrace(trace: Iterable<TraceEvent>, options: DrawTraceOptions = {}): string {
  const settings = checkDrawTraceOptions(options);
  const window = new TraceWindow(settings);
  for (const event of trace) window.add(event);
  return drawn(window, settings);
}

/**
 * Returns an operator that draws a trace as {@link drawTrace} does. It holds no more events than it draws.
 *
 * Emits the SVG when its source completes, and completes. Errors with the error of its source, or with `INVALID_ARGUMENT` for an event that
 * is invalid. Unsubscribing unsubscribes from the source.
 *
 * @throws MqttError `INVALID_ARGUMENT` if an option is invalid.
 */
export function toDrawing(options: DrawTraceOptions = {}): OperatorFunction<TraceEvent, string> {
  const settings = checkDrawTraceOptions(options);
  return event$ =>
    defer(() =>
      event$.pipe(
        reduce((window, event) => {
          window.add(event);
          return window;
        }, new TraceWindow(settings)),
        map(window => drawn(window, settings)),
      ),
    );
}

function drawn(window: TraceWindow, settings: DrawSettings): string {
  const time = { tick: tickOf(window.events), words: timeWords };
  return drawPicture({
    name: 'Trace of an MQTT client',
    sentence: sentenceOf(window),
    heading: headingOf(window, settings).flatMap(words => wrappedText(words, 11.5, headingWidth(settings.width))),
    bands: bandsOf(window.events, window.before, time, settings.width),
    time,
    theme: settings.theme,
    leastWidth: Math.min(settings.width, 426),
  });
}
