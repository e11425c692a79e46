import { piece, printableMessage, wordsOf } from '../../quoted.js';
import { SPAN } from '../model/timeline.js';
import type { OpenedTrace } from '../model/open-trace.js';
import type { Viewer } from '../model/viewer.js';
import { element, setAttribute, setText } from './dom.js';
import { plural, time } from './format.js';

interface Note {
  readonly text: string;
  readonly tone: 'busy' | 'bad' | 'plain';
}

/** What a user should know about the trace that is shown: which it is, what of it is missing, and the last warning. */
export class NoteView {
  readonly #text = element('span', { role: 'status' });
  /** Numbers that change all the time, which a screen reader does not announce. */
  readonly #numbers = element('span');
  readonly element = element('section', { class: 'card note', 'aria-label': 'Notes' }, this.#text, this.#numbers);
  #problem: Note | undefined;
  #end: Note | undefined;

  /** Says that something that a user wanted has failed. */
  tell(text: string, tone: Note['tone']): void {
    this.#problem = { text, tone };
  }

  tellOpened(opened: OpenedTrace | undefined): void {
    this.#problem = undefined;
    if (!opened) return;
    const problems: string[] = [];
    if (opened.isCut) problems.push('the file is longer than what fits, so only its beginning is shown');
    if (opened.damaged > 0) problems.push(`${plural(opened.damaged, 'line')} could not be read`);
    if (problems.length > 0) this.tell(`${piece(opened.name)}: ${problems.join('; ')}.`, 'busy');
  }

  /** Says that the live trace has ended. */
  tellEnd(error: unknown): void {
    this.#end =
      error === undefined
        ? { text: 'The trace has ended.', tone: 'plain' }
        : { text: `The trace has ended with an error: ${wordsOf(error)}`, tone: 'bad' };
  }

  render(viewer: Viewer, position: number): void {
    const notes = [this.#problem, ...this.#notesOf(viewer, position)].filter(note => note !== undefined);
    const numbers = numbersOf(viewer);
    this.element.hidden = notes.length === 0 && numbers === '';
    this.#text.hidden = notes.length === 0;
    setText(this.#text, notes.map(({ text }) => text).join(' '));
    this.#numbers.hidden = numbers === '';
    setText(this.#numbers, numbers);
    const worst = notes.find(({ tone }) => tone === 'bad') ?? notes.find(({ tone }) => tone === 'busy');
    setAttribute(this.element, 'data-tone', worst?.tone);
  }

  #notesOf(viewer: Viewer, position: number): readonly (Note | undefined)[] {
    const { inspection, opened } = viewer;
    const warning = inspection.warnings.filter(({ at }) => at <= position && at > position - SPAN).at(-1);
    return [
      opened && { text: `From the file ${piece(opened.name)}.`, tone: 'plain' },
      opened ? undefined : this.#end,
      warning && {
        text: printableMessage(
          `Warning at ${time(warning.at, inspection.startedAt)}: ${warning.message} (${warning.code})`,
        ),
        tone: 'busy',
      },
    ];
  }
}

function numbersOf({ opened, held, missed }: Viewer): string {
  const parts: string[] = [];
  if (!opened && held > 0) parts.push(`Paused. ${plural(held, 'event')} since then.`);
  if (missed > 0) parts.push(`${plural(missed, 'event')} could not be kept until they were shown.`);
  return parts.join(' ');
}
