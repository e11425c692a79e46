import { piece } from '../../quoted.js';
import { payloadLine, payloadOf } from '../model/payload.js';
import type { TopicNode } from '../model/topic-tree.js';
import { element, setAttribute, setText } from './dom.js';
import { plural, rate, size } from './format.js';

/** Pixels of a level. */
const INDENT = 14;
const DEEPEST = 10;

/** A row of the tree. It shows one node after another, because there are no more rows than fit. */
export class TopicRow {
  readonly #twisty = element('span', { class: 'twisty', 'aria-hidden': 'true' });
  readonly #label = element('span', { class: 'label' });
  readonly #badge = element('span', {
    class: 'badge',
    role: 'img',
    'aria-label': 'retained',
    title: 'The broker retains a message of this topic',
  });
  readonly #name = element('span', { class: 'name' }, this.#twisty, this.#label, this.#badge);
  readonly #value = element('span', { class: 'value' });
  readonly #rate = element('span', { class: 'number' });
  readonly #size = element('span', { class: 'number' });
  readonly element: HTMLElement;
  node: TopicNode | undefined;

  constructor(id: string) {
    const cells = [this.#name, this.#value, this.#rate, this.#size];
    this.element = element('div', { class: 'row', role: 'treeitem', id }, ...cells);
  }

  /** Whether an event comes from what expands and collapses the node. */
  isTwisty(target: EventTarget | null): boolean {
    return target === this.#twisty;
  }

  hide(): void {
    this.node = undefined;
    this.element.hidden = true;
  }

  show(node: TopicNode, { top, isExpanded, isSelected, now }: RowState): void {
    const { element: row } = this;
    const isParent = node.children.length > 0;
    if (this.node !== node) this.#place(node);
    this.node = node;
    row.hidden = false;
    row.style.transform = `translateY(${top}px)`;
    setAttribute(row, 'aria-level', String(node.depth + 1));
    setAttribute(row, 'aria-expanded', isParent ? String(isExpanded) : undefined);
    setAttribute(row, 'aria-selected', String(isSelected));
    setAttribute(row, 'data-kind', node.last ? 'topic' : 'level');
    this.#name.style.paddingInlineStart = `${INDENT * Math.min(DEEPEST, node.depth)}px`;
    setText(this.#label, node.name === '' ? '(empty level)' : piece(node.name));
    this.#badge.hidden = !node.isRetained;
    setText(this.#value, valueOf(node));
    setText(this.#rate, `${rate(node.rate.perSecond(now))}/s`);
    setText(this.#size, node.last ? size(payloadOf(node.last.packet).length) : '');
  }

  /** Says where the node is among its siblings, most of which are not in the page. */
  #place(node: TopicNode): void {
    const siblings = node.parent!.children;
    setAttribute(this.element, 'aria-setsize', String(siblings.length));
    setAttribute(this.element, 'aria-posinset', String(siblings.indexOf(node) + 1));
  }
}

export interface RowState {
  /** Pixels from the beginning of the tree. */
  readonly top: number;
  readonly isExpanded: boolean;
  readonly isSelected: boolean;
  readonly now: number;
}

function valueOf({ last, topics }: TopicNode): string {
  if (last === undefined) return plural(topics, 'topic');
  const payload = payloadOf(last.packet);
  return payload.length === 0 ? '(empty)' : piece(payloadLine(payload));
}
