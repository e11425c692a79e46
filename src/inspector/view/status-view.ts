import { printableMessage } from '../../quoted.js';
import type { TraceState } from '../../trace/trace-event.js';
import type { Viewer } from '../model/viewer.js';
import { button, element, setAttribute, setText } from './dom.js';

type Tone = 'good' | 'busy' | 'bad' | 'off';

const states: Readonly<Record<TraceState['status'], readonly [Tone, string]>> = {
  idle: ['off', 'Idle'],
  connecting: ['busy', 'Connecting'],
  connected: ['good', 'Connected'],
  reconnecting: ['busy', 'Reconnecting'],
  disconnecting: ['busy', 'Disconnecting'],
  closed: ['bad', 'Closed'],
};

/** The state of the client, and the buttons of the inspector. */
export class StatusView {
  readonly #title = element('strong');
  readonly #text = element('span', { class: 'soft small' });
  readonly play = button('Pause', { class: 'button primary' });
  readonly save = button('Save');
  readonly open = button('Open…');
  readonly close = button('Back to live');
  readonly file = element('input', {
    type: 'file',
    accept: '.jsonl,.ndjson,.json,.txt',
    hidden: '',
    'aria-hidden': 'true',
  });
  readonly element = element(
    'section',
    { class: 'card bar', 'aria-label': 'Connection' },
    element('span', { class: 'lamp', 'aria-hidden': 'true' }),
    element('div', { class: 'what', role: 'status' }, this.#title, this.#text),
    element('div', { class: 'buttons' }, this.play, this.save, this.open, this.close, this.file),
  );

  render(viewer: Viewer): void {
    const { inspection, opened, isPlaying } = viewer;
    const { state, url } = inspection;
    const [tone, word] = state
      ? (states[state.status] ?? ['off', state.status])
      : (['off', 'Waiting for the trace'] as const);
    setAttribute(this.element, 'data-tone', tone);
    setText(this.#title, printableMessage(word));
    setText(this.#text, describe(state, url));
    const label = opened ? (isPlaying ? 'Pause' : 'Play') : isPlaying ? 'Pause' : 'Resume';
    setText(this.play, label);
    this.close.hidden = opened === undefined;
    this.save.hidden = opened !== undefined;
    this.save.disabled = viewer.store.end === 0;
  }
}

function describe(state: TraceState | undefined, url: string | undefined): string {
  if (!state) return '';
  const { attempt, delay, error } = state;
  const parts: string[] = [];
  if (url !== undefined) parts.push(url);
  if (attempt !== undefined && state.status !== 'connected') parts.push(`attempt ${attempt}`);
  if (delay !== undefined) parts.push(`next attempt after ${(delay / 1_000).toFixed(1)} s`);
  if (error) parts.push(`${error.message} (${error.code})`);
  return printableMessage(parts.join(' · '));
}
