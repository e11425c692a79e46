import type { ArrayLiteralExpression, Expression, Node, SourceFile } from 'typescript';
import type { TypeScript } from './devkit.js';

/** The text of a TypeScript file. It is not changed: what changes it returns a new one. */
export class SourceText {
  readonly #ts: TypeScript;
  readonly #source: SourceFile;

  constructor(
    ts: TypeScript,
    readonly text: string,
  ) {
    this.#ts = ts;
    this.#source = ts.createSourceFile('file.ts', text, ts.ScriptTarget.Latest, true);
  }

  /** Returns the name that is the first argument of a call: `App` of `bootstrapApplication(App)`. */
  nameGivenTo(callee: string): string | undefined {
    const argument = this.#firstArgument(callee);
    return argument !== undefined && this.#ts.isIdentifier(argument) ? argument.text : undefined;
  }

  /** Returns the string of a property of the object that is the first argument of a call, often of a decorator. */
  stringOf(callee: string, property: string): string | undefined {
    const value = this.#propertyOf(callee, property);
    return value !== undefined && this.#ts.isStringLiteralLike(value) ? value.text : undefined;
  }

  /** The same for the names in an array. */
  namesOf(callee: string, property: string): string[] {
    const value = this.#propertyOf(callee, property);
    if (value === undefined || !this.#ts.isArrayLiteralExpression(value)) return [];
    return value.elements.filter(this.#ts.isIdentifier).map(({ text }) => text);
  }

  /** Returns from where a name is imported. */
  importOf(name: string): string | undefined {
    const ts = this.#ts;
    for (const statement of this.#source.statements) {
      if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) continue;
      const bindings = statement.importClause?.namedBindings;
      if (bindings === undefined || !ts.isNamedImports(bindings)) continue;
      if (bindings.elements.some(element => element.name.text === name)) return statement.moduleSpecifier.text;
    }
    return undefined;
  }

  /** Returns whether an object has a property with this string. */
  hasProperty(name: string, text: string): boolean {
    const ts = this.#ts;
    const isIt = (node: Node) =>
      ts.isPropertyAssignment(node) &&
      node.name.getText() === name &&
      ts.isStringLiteralLike(node.initializer) &&
      node.initializer.text === text;
    return this.#find(node => isIt(node) || undefined) === true;
  }

  /** Adds an import after the last one. */
  withImport(name: string, from: string): SourceText {
    const last = this.#source.statements.filter(this.#ts.isImportDeclaration).at(-1);
    const line = `import { ${name} } from ${literal(from)};`;
    return last === undefined ? this.#insert(0, `${line}\n`) : this.#insert(last.getEnd(), `\n${line}`);
  }

  /** Adds an element to an array of the object that is the first argument of a call. Undefined, if there is no such object or array. */
  withElement(callee: string, property: string, element: string): SourceText | undefined {
    const ts = this.#ts;
    const argument = this.#firstArgument(callee);
    if (argument === undefined || !ts.isObjectLiteralExpression(argument)) return undefined;
    const array = this.#propertyOf(callee, property);
    if (array === undefined) {
      const [first] = argument.properties;
      const space = first === undefined ? ' ' : leadingSpace(first);
      return this.#insert(
        argument.getStart() + 1,
        `${space}${property}: [${element}]${first === undefined ? ' ' : ','}`,
      );
    }
    if (!ts.isArrayLiteralExpression(array)) return undefined;
    const last = array.elements.at(-1);
    if (last === undefined) return this.#insert(array.getStart() + 1, element);
    return this.#insert(last.getEnd(), `,${leadingSpace(last) || ' '}${element}`);
  }

  /**
   * Adds text at the end of a string of the object that is the first argument of a call, on a line of its own if there are several lines.
   * Undefined, if there is no such string.
   */
  withTextIn(callee: string, property: string, text: string): SourceText | undefined {
    const value = this.#propertyOf(callee, property);
    if (value === undefined || !this.#ts.isStringLiteralLike(value)) return undefined;
    const content = value.getText().slice(0, -1).trimEnd();
    const line = content.includes('\n') ? content.slice(content.lastIndexOf('\n')) : '';
    const indentation = line.slice(0, line.length - line.trimStart().length);
    return this.#insert(value.getStart() + content.length, indentation + text);
  }

  /** Returns how many elements the array of a variable with this type has. Undefined, if there is no such variable. */
  lengthOf(type: string): number | undefined {
    return this.#arrayOfType(type)?.elements.length;
  }

  /** Adds an element in front of all others to the array of a variable with this type. Undefined, if there is no such variable. */
  withFirstElement(type: string, element: string): SourceText | undefined {
    const array = this.#arrayOfType(type);
    if (array === undefined) return undefined;
    const isAlone = array.elements.length === 0;
    return this.#insert(array.getStart() + 1, `\n  ${element},${isAlone ? '\n' : ''}`);
  }

  #firstArgument(callee: string): Expression | undefined {
    const ts = this.#ts;
    return this.#find(node => {
      if (!ts.isCallExpression(node)) return undefined;
      const { expression } = node;
      const name = ts.isPropertyAccessExpression(expression) ? expression.name : expression;
      return ts.isIdentifier(name) && name.text === callee ? node.arguments[0] : undefined;
    });
  }

  #propertyOf(callee: string, property: string): Expression | undefined {
    const ts = this.#ts;
    const argument = this.#firstArgument(callee);
    if (argument === undefined || !ts.isObjectLiteralExpression(argument)) return undefined;
    return argument.properties.filter(ts.isPropertyAssignment).find(({ name }) => name.getText() === property)
      ?.initializer;
  }

  #arrayOfType(type: string): ArrayLiteralExpression | undefined {
    const ts = this.#ts;
    return this.#find(node => {
      if (!ts.isVariableDeclaration(node) || node.type?.getText() !== type) return undefined;
      return node.initializer !== undefined && ts.isArrayLiteralExpression(node.initializer)
        ? node.initializer
        : undefined;
    });
  }

  /** Returns the first result of `select` in the order of the text. */
  #find<T>(select: (node: Node) => T | undefined): T | undefined {
    const visit = (node: Node): T | undefined => select(node) ?? node.forEachChild(visit);
    return this.#source.forEachChild(visit);
  }

  #insert(position: number, text: string): SourceText {
    return new SourceText(this.#ts, this.text.slice(0, position) + text + this.text.slice(position));
  }
}

/** Returns a string as code, with single quotes, as the Angular CLI writes them. */
export function literal(text: string): string {
  const escaped = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
  return `'${escaped}'`;
}

/** Returns what stands between a node and the one before it: a space, or a line break and the indentation. */
function leadingSpace(node: Node): string {
  const space = node.getFullText().slice(0, node.getStart() - node.getFullStart());
  return space.slice(space.trimEnd().length);
}
