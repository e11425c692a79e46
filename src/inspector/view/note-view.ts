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
  readonly #text = element('span');
  readonly element = element('section', { class: 'card note', role: 'status' }, this.#text);
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
    this.element.hidden = notes.length === 0;
    setText(this.#text, notes.map(({ text }) => text).join(' '));
    const worst = notes.find(({ tone }) => tone === 'bad') ?? notes.find(({ tone }) => tone === 'busy');
    setAttribute(this.element, 'data-tone', worst?.tone);
  }

  #notesOf(viewer: Viewer, position: number): readonly (Note | undefined)[] {
    const { inspection, opened, held, missed } = viewer;
    const warning = inspection.warnings.filter(({ at }) => at <= position && at > position - SPAN).at(-1);
    return [
      opened && { text: `From the file ${piece(opened.name)}.`, tone: 'plain' },
      !opened && held > 0 ? { text: `Paused. ${plural(held, 'event')} since then.`, tone: 'plain' } : undefined,
      missed > 0
        ? { text: `${plural(missed, 'event')} could not be kept until they were shown.`, tone: 'busy' }
        : undefined,
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
