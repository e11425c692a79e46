import MagicString from 'magic-string';
import type { AstNode } from 'rollup';
import { parseAst } from 'rollup/parseAst';

/** A piece of source text, what takes its place, and how often it must occur (once by default). */
export type Replacement = readonly [from: string | RegExp, to: string, count?: number];

/** Replaces pieces of text. Throws if one does not occur as often as it should, so that a new version of mqtt-packet fails the build. */
export function replaceTexts(file: string, code: string, replacements: readonly Replacement[]): string {
  return replacements.reduce((changed, [from, to, count = 1]) => {
    const pieces = changed.split(from);
    requireCount(file, `${from}`, pieces.length - 1, count);
    return pieces.join(to);
  }, code);
}

/** Returns the methods and functions of `code`, by name. */
function functionsOf(code: string): Map<string, AstNode> {
  const functions = new Map<string, AstNode>();
  for (const node of nodesIn(parseAst(code)))
    if (node.type === 'FunctionDeclaration') functions.set((node as Named).id.name, node);
    else if (node.type === 'MethodDefinition') functions.set((node as Method).key.name, node);
  return functions;
}

/** Removes methods and functions. Throws if one of them does not exist. */
export function removeFunctions(file: string, code: string, names: readonly string[]): string {
  const functions = functionsOf(code);
  const changed = new MagicString(code);
  for (const name of names) {
    const node = functions.get(name);
    if (node === undefined) throw shapeError(file, `it has no function '${name}'`);
    changed.remove(node.start, node.end);
  }
  return changed.toString();
}

/**
 * Removes the branches that only report an error: statements of which the first calls `report`, and the others return. Their conditions
 * stay if they call a method. Throws unless there are `count` of them.
 */
export function removeChecks(file: string, code: string, report: string, count: number): string {
  const changed = new MagicString(code);
  const textOf = ({ start, end }: AstNode): string => code.slice(start, end);
  const reports = (node: AstNode | null | undefined): boolean => {
    const [first, ...others] = statementsOf(node);
    const text = first === undefined ? '' : textOf(first);
    return (
      (text.startsWith(`${report}(`) || text.startsWith(`return ${report}(`)) &&
      others.every(each => each.type === 'ReturnStatement')
    );
  };
  let found = 0;
  for (const node of nodesIn(parseAst(code))) {
    if (node.type === 'IfStatement') {
      const { test, consequent, alternate } = node as If;
      if (reports(consequent)) {
        found++;
        // Methods have effects, functions of these modules do not.
        const calls = textOf(test).includes('this._');
        if (alternate && calls) throw shapeError(file, `a check with an alternative has effects: ${textOf(test)}`);
        if (alternate) changed.remove(node.start, alternate.start);
        else changed.overwrite(node.start, node.end, calls ? `${textOf(test)};` : ';');
      }
      if (reports(alternate)) {
        found++;
        changed.remove(consequent.end, alternate!.end);
      }
    } else if (node.type === 'SwitchCase' && (node as Case).test === null && reports((node as Case).consequent[0])) {
      found++;
      changed.remove(node.start, node.end);
    }
  }
  requireCount(file, `a check that calls ${report}()`, found, count);
  return changed.toString();
}

interface Named extends AstNode {
  readonly id: { readonly name: string };
}
interface Method extends AstNode {
  readonly key: { readonly name: string };
}
interface If extends AstNode {
  readonly test: AstNode;
  readonly consequent: AstNode;
  readonly alternate?: AstNode | null;
}
interface Case extends AstNode {
  readonly test: AstNode | null;
  readonly consequent: readonly AstNode[];
}

function statementsOf(node: AstNode | null | undefined): readonly AstNode[] {
  if (!node) return [];
  return node.type === 'BlockStatement' ? (node as AstNode & { body: AstNode[] }).body : [node];
}

/** All nodes of a program. */
function* nodesIn(value: unknown): Generator<AstNode> {
  if (typeof value !== 'object' || value === null) return;
  if ('type' in value) yield value as AstNode;
  for (const child of Object.values(value)) yield* nodesIn(child);
}

function requireCount(file: string, what: string, found: number, count: number): void {
  if (found !== count) throw shapeError(file, `${what} occurs ${found} times instead of ${count}`);
}

const shapeError = (file: string, what: string): Error =>
  new Error(`mqtt-packet has changed, so that ${file} cannot be trimmed: ${what}`);
