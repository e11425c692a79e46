import { type Observable, Subject, Subscription } from 'rxjs';
import type { Inspection } from '../model/inspection.js';
import type { TopicNode } from '../model/topic-tree.js';
import { Expansion, topicTest, visibleRows } from '../model/visible-rows.js';
import { element, listen, setAttribute, setText } from './dom.js';
import { number, plural } from './format.js';
import { TopicRow } from './topic-row.js';

/** ms between two looks at a tree that grows, if it is large. */
const PAUSE = 250;
const LARGE = 2_000;

/**
 * The topics as a tree, of which the page holds only the rows that are in view. The focus is on the tree and moves over its rows by the keys
 * of a tree view (WAI-ARIA Authoring Practices).
 */
export class TopicsView {
  readonly #search = element('input', {
    class: 'search',
    type: 'search',
    placeholder: 'Search topics, or a filter with + and #',
    'aria-label': 'Search topics',
    autocomplete: 'off',
    spellcheck: 'false',
  });
  readonly #count = element('span', { class: 'soft small' });
  readonly #rowsElement = element('div', { class: 'rows', role: 'presentation' });
  readonly #tree = element(
    'div',
    { class: 'tree', role: 'tree', tabindex: '0', 'aria-label': 'Topics' },
    this.#rowsElement,
  );
  readonly #empty = element('p', { class: 'empty' });
  readonly element = element(
    'section',
    { class: 'card topics', 'aria-label': 'Topics' },
    element('header', {}, element('h2', {}, 'Topics'), this.#count, this.#search),
    element(
      'div',
      { class: 'heads', 'aria-hidden': 'true' },
      ...['Topic', 'Last value', 'Rate', 'Size'].map(head => element('span', {}, head)),
    ),
    this.#empty,
    this.#tree,
  );
  readonly #selected$ = new Subject<string>();
  /** The topic that a user goes to. */
  readonly selected$: Observable<string> = this.#selected$;
  readonly #clicked$ = new Subject<void>();
  /** A click on a topic, after it is selected. */
  readonly clicked$: Observable<void> = this.#clicked$;

  readonly #expansion = new Expansion();
  readonly #pool: TopicRow[] = [];
  #inspection: Inspection | undefined;
  #rows: readonly TopicNode[] = [];
  #selected: string | undefined;
  /** What the rows depend on, when they were made. */
  #madeOf = '';
  #madeAt = -Infinity;
  #rowHeight = 30;

  connect(): Subscription {
    const subscription = new Subscription();
    const on = <E extends Event>(target: EventTarget, type: string, next: (event: E) => void) =>
      subscription.add(listen(target, type, next));
    on(this.#search, 'input', () => {
      this.#tree.scrollTop = 0;
      this.#update();
    });
    on<KeyboardEvent>(this.#search, 'keydown', event => {
      if (event.key !== 'ArrowDown' && event.key !== 'Enter') return;
      event.preventDefault();
      this.#tree.focus();
      if (this.#indexOfSelected() < 0) this.#go(0);
    });
    on<KeyboardEvent>(this.#tree, 'keydown', event => this.#press(event));
    on<MouseEvent>(this.#tree, 'click', event => this.#click(event));
    on(this.#tree, 'scroll', () => this.#update());
    return subscription;
  }

  focusSearch(): void {
    this.#search.focus();
    this.#search.select();
  }

  /** Shows the topics as they are at `now`. */
  render(inspection: Inspection, now: number): void {
    const isOther = inspection !== this.#inspection;
    this.#inspection = inspection;
    const { topics } = inspection;
    if (isOther) this.#madeOf = '';
    const madeOf = `${topics.version} ${this.#expansion.version} ${this.#search.value}`;
    const isDue = topics.nodes < LARGE || isOther || Math.abs(now - this.#madeAt) >= PAUSE;
    if (madeOf !== this.#madeOf && isDue) {
      this.#rows = visibleRows(topics, this.#expansion, topicTest(this.#search.value));
      this.#madeOf = madeOf;
      this.#madeAt = now;
    }
    this.#renderRows(now);
    this.#renderCount();
  }

  /** Shows at once what a user has changed. */
  #update(): void {
    this.#madeAt = -Infinity;
    if (this.#inspection) this.render(this.#inspection, this.#now);
  }

  get #now(): number {
    return this.#inspection?.at ?? 0;
  }

  #renderRows(now: number): void {
    this.#rowHeight = this.#measure();
    const { scrollTop, clientHeight } = this.#tree;
    const height = this.#rowHeight;
    const first = Math.max(0, Math.floor(scrollTop / height) - 1);
    const needed = Math.ceil(clientHeight / height) + 3;
    this.#rowsElement.style.height = `${this.#rows.length * height}px`;
    while (this.#pool.length < needed) {
      const row = new TopicRow(`row-${this.#pool.length}`);
      this.#pool.push(row);
      this.#rowsElement.append(row.element);
    }
    let active: string | undefined;
    // A node stays in its row while the tree is scrolled, so that the pointer and a screen reader stay with it.
    for (const [i, row] of this.#pool.entries()) {
      const size = this.#pool.length;
      const index = first + ((((i - first) % size) + size) % size);
      const node = this.#rows[index];
      if (node === undefined) row.hide();
      else {
        const isSelected = node.topic === this.#selected;
        if (isSelected) active = row.element.id;
        row.show(node, { top: index * height, isExpanded: this.#isExpanded(node), isSelected, now });
      }
    }
    setAttribute(this.#tree, 'aria-activedescendant', active);
  }

  /** The height of a row, which depends on the width of the inspector. A row that is hidden has none. */
  #measure(): number {
    const height = this.#pool[0]?.element.offsetHeight ?? 0;
    return height > 0 ? height : this.#rowHeight;
  }

  #renderCount(): void {
    const { topics } = this.#inspection!;
    const isSearch = this.#search.value.trim() !== '';
    const found = isSearch ? this.#rows.reduce((sum, { last }) => sum + (last ? 1 : 0), 0) : 0;
    const total = plural(topics.root.topics, 'topic');
    const rest = topics.unlisted > 0 ? `, ${plural(topics.unlisted, 'message')} of further ones` : '';
    setText(this.#count, isSearch ? `${number(found)} of ${total}` : `${total}${rest}`);
    // The result of a search is announced; the number of topics, which grows by itself, is not.
    setAttribute(this.#count, 'aria-live', isSearch ? 'polite' : 'off');
    const isEmpty = this.#rows.length === 0;
    this.#empty.hidden = !isEmpty;
    this.#tree.hidden = isEmpty;
    setText(this.#empty, isSearch ? 'No topic matches the search.' : 'No message yet.');
  }

  #isExpanded(node: TopicNode): boolean {
    return this.#search.value.trim() !== '' || this.#expansion.isExpanded(node);
  }

  #indexOfSelected(): number {
    return this.#rows.findIndex(({ topic }) => topic === this.#selected);
  }

  #click({ target }: MouseEvent): void {
    const row = this.#pool.find(each => each.element.contains(target as Node));
    if (!row?.node) return;
    const { node } = row;
    const isTwisty = row.isTwisty(target) && node.children.length > 0;
    if (isTwisty) this.#expand(node, !this.#isExpanded(node));
    this.#select(node);
    if (!isTwisty && node.last) this.#clicked$.next();
  }

  #press(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const index = this.#indexOfSelected();
    const node = this.#rows[index];
    const page = Math.max(1, Math.floor(this.#tree.clientHeight / this.#rowHeight) - 1);
    const goTo: Readonly<Record<string, (() => void) | undefined>> = {
      ArrowDown: () => this.#go(index + 1),
      ArrowUp: () => this.#go(index - 1),
      PageDown: () => this.#go(index + page),
      PageUp: () => this.#go(index - page),
      Home: () => this.#go(0),
      End: () => this.#go(this.#rows.length - 1),
      ArrowRight: () => node && this.#right(node, index),
      ArrowLeft: () => node && this.#left(node),
      Enter: () => node && this.#select(node),
      ' ': () => node && this.#expand(node, !this.#isExpanded(node)),
    };
    const go = goTo[event.key];
    if (!go) return;
    event.preventDefault();
    go();
  }

  #right(node: TopicNode, index: number): void {
    if (node.children.length === 0) return;
    if (this.#isExpanded(node)) this.#go(index + 1);
    else this.#expand(node, true);
  }

  #left(node: TopicNode): void {
    if (node.children.length > 0 && this.#isExpanded(node)) this.#expand(node, false);
    else if (node.parent && node.depth > 0) this.#go(this.#rows.indexOf(node.parent));
  }

  #expand(node: TopicNode, isExpanded: boolean): void {
    this.#expansion.set(node, isExpanded);
    this.#update();
  }

  /** Selects a row and scrolls to it. */
  #go(index: number): void {
    const place = Math.min(this.#rows.length - 1, Math.max(0, index));
    const node = this.#rows[place];
    if (!node) return;
    const { scrollTop, clientHeight } = this.#tree;
    const top = place * this.#rowHeight;
    if (top < scrollTop) this.#tree.scrollTop = top;
    else if (top + this.#rowHeight > scrollTop + clientHeight)
      this.#tree.scrollTop = top + this.#rowHeight - clientHeight;
    this.#select(node);
  }

  #select(node: TopicNode): void {
    this.#selected = node.topic;
    this.#selected$.next(node.topic);
    this.#update();
  }
}
