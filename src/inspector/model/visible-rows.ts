import { matches } from '../../protocol/topics/match.js';
import type { TopicNode, TopicTree } from './topic-tree.js';

/** Which nodes a user has expanded or collapsed, by their topics. It holds for another tree of the same topics, too. */
export class Expansion {
  readonly #chosen = new Map<string, boolean>();
  /** Counts up with each choice. */
  version = 0;

  isExpanded(node: TopicNode): boolean {
    return this.#chosen.get(node.topic) ?? node.isExpanded;
  }

  set(node: TopicNode, isExpanded: boolean): void {
    this.#chosen.set(node.topic, isExpanded);
    this.version++;
  }
}

/** Returns a test of topics by what a user looks for: a filter, if it has a wildcard, or a part of the topic in any case. */
export function topicTest(search: string): ((topic: string) => boolean) | undefined {
  const wanted = search.trim();
  if (wanted === '') return undefined;
  if (/(^|\/)[+#](\/|$)/.test(wanted)) return topic => matches(wanted, topic);
  const lower = wanted.toLowerCase();
  return topic => topic.toLowerCase().includes(lower);
}

/** Returns the nodes that a list shows, from top to bottom. A search shows all nodes with a topic that it finds, expanded. */
export function visibleRows(
  tree: TopicTree,
  expansion: Expansion,
  test: ((topic: string) => boolean) | undefined,
): readonly TopicNode[] {
  const rows: TopicNode[] = [];
  const add = (node: TopicNode): void => {
    for (const child of node.children) {
      rows.push(child);
      if (expansion.isExpanded(child)) add(child);
    }
  };
  const addFound = (node: TopicNode): boolean => {
    let found = false;
    for (const child of node.children) {
      const place = rows.push(child);
      const isFound = child.last !== undefined && test!(child.topic);
      if (addFound(child) || isFound) found = true;
      else rows.length = place - 1;
    }
    return found;
  };
  if (test) addFound(tree.root);
  else add(tree.root);
  return rows;
}
