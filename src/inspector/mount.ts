import { type Observable, Subscription } from 'rxjs';
import { MqttError } from '../errors.js';
import { quoted } from '../quoted.js';
import type { TraceEvent } from '../trace/trace-event.js';
import { InspectorView } from './view/inspector-view.js';

/** Options of {@link mountInspector}. */
export interface InspectorOptions {
  /** The colours. Default `'auto'`: those of the system. */
  theme?: 'auto' | 'light' | 'dark';
  /**
   * How many events of the trace the inspector keeps, for going back in it and for saving it. Older ones are dropped first. Default:
   * 100,000 events, and 64 MiB of memory. What the topics show is not affected.
   */
  keep?: {
    events?: number;
    /** bytes, estimated. */
    bytes?: number;
  };
}

const NAME = 'rxjs-mqtt-inspector';
/** What the inspector reads of a file at most. */
const OPENED = { events: 1_000_000, bytes: 512 * 1024 * 1024 };

/**
 * Shows a trace in the page as it comes: states, figures with small plots, the marbles of the last minute, and the topics as a tree with
 * their last messages. Users can hold it, go back in it, search topics, save the trace, and open one from a file.
 *
 * Appends a custom element with a shadow root to `parent`, and subscribes to the trace. The inspector stays when the trace completes or
 * errors, and says so. Unsubscribing removes the element and unsubscribes from the trace.
 *
 * Texts of the trace are shown as text, never as HTML. It works under a Content Security Policy without `'unsafe-inline'`, and with Trusted
 * Types.
 *
 * @param parent - An element of the page, or a shadow root.
 * @param trace$ - Events of `recordTrace`, or lines that another process sends, parsed. `NEVER` shows an inspector that opens files only.
 * @throws MqttError `INVALID_ARGUMENT` for an invalid option, `NOT_SUPPORTED` on a platform without custom elements.
 */
export function mountInspector(
  parent: Element | ShadowRoot,
  trace$: Observable<TraceEvent>,
  options: InspectorOptions = {},
): Subscription {
  const { theme = 'auto', keep = {} } = options;
  if (!['auto', 'light', 'dark'].includes(theme)) throw invalid('theme', "'auto', 'light' or 'dark'", theme);
  const bounds = {
    events: atLeast(1_000, keep.events ?? 100_000, 'keep.events'),
    bytes: atLeast(1024 * 1024, keep.bytes ?? 64 * 1024 * 1024, 'keep.bytes'),
  };
  define();
  const host = document.createElement(NAME);
  if (theme !== 'auto') host.setAttribute('theme', theme);
  const view = new InspectorView(host, host.attachShadow({ mode: 'open' }), bounds, OPENED);
  const subscription = new Subscription(() => host.remove());
  parent.append(host);
  subscription.add(view.connect(trace$));
  return subscription;
}

function atLeast(least: number, value: unknown, option: string): number {
  if (typeof value === 'number' && value >= least) return value;
  throw invalid(option, `a number of at least ${least}`, value);
}

function invalid(option: string, expected: string, value: unknown): MqttError {
  const given = typeof value === 'string' ? quoted(value) : String(value);
  return new MqttError('INVALID_ARGUMENT', `option '${option}' is ${expected}, not ${given}`, { subject: option });
}

/** Makes the name known once. Not when the module is loaded: there is no HTMLElement on a server. */
function define(): void {
  if (typeof customElements === 'undefined')
    throw new MqttError('NOT_SUPPORTED', 'this platform has no custom elements, which the inspector needs');
  if (!customElements.get(NAME)) customElements.define(NAME, class extends HTMLElement {});
}
