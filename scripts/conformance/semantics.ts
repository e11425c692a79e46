import { table, test } from './page.js';
import type { Showings } from './showings.js';

const list = /(<!-- shown: .* -->\n)[^]*(<!-- \/shown -->)/;

/** The numbers of the rules in docs/semantics.md, in their order. */
function rulesOf(page: string): string[] {
  return [...page.matchAll(/^- \*\*(S\d+)\.\*\* /gm)].map(([, rule]) => rule!);
}

/** What is wrong with the rules and the tags of tests, a line each. */
export function checkedSemantics(page: string, shown: Showings): string[] {
  const rules = rulesOf(page);
  const repeated = rules.filter((rule, i) => rules.indexOf(rule) !== i);
  const unknown = [...shown].filter(([tag]) => /^S\d/.test(tag) && !rules.includes(tag));
  return [
    ...repeated.map(rule => `[${rule}] of docs/semantics.md is given twice`),
    ...rules.filter(rule => !shown.has(rule)).map(rule => `[${rule}] of docs/semantics.md is not shown`),
    ...unknown.map(([tag, [first]]) => `[${tag}] in ${first!.file} is no rule of docs/semantics.md`),
  ];
}

/** The page, with the tests that show each rule. */
export function semanticsPage(page: string, shown: Showings): string {
  const rows = rulesOf(page).map(rule => [rule, (shown.get(rule) ?? []).map(test).join('<br>')]);
  const shownTable = table(['rule', 'where it is shown'], rows);
  return page.replace(list, (_, begin: string, end: string) => `${begin}\n${shownTable}\n${end}`);
}
