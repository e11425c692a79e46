import { piece } from './quoted.js';

/**
 * A schema of zod, valibot, arktype or any other library that implements Standard Schema (https://standardschema.dev), version 1. `Input`
 * is the type of what it validates, and `Output` the type of the result.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    /** Validates a value, at once or later. */
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

/** The result of a validation: the value, or why it is not valid. */
export type SchemaResult<Output> =
  { readonly value: Output; readonly issues?: undefined } | { readonly issues: readonly SchemaIssue[] };

/** Why a value is not valid: what is wrong, in the words of the schema library, and where. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** The type of what a schema validates. */
export type SchemaInput<S extends StandardSchema> = NonNullable<S['~standard']['types']>['input'];

/** The type of the values of a schema. */
export type SchemaOutput<S extends StandardSchema> = NonNullable<S['~standard']['types']>['output'];

/** The number of issues that a message shows. */
const SHOWN_ISSUES = 3;

/**
 * The `cause` of a `DECODE_FAILED` or `INVALID_ARGUMENT` of a codec with a schema. Its message names the first three issues, each at most
 * 150 characters long, because libraries may quote the value, which may be secret. `issues` holds all of them, unchanged.
 */
export class SchemaError extends Error {
  override readonly name = 'SchemaError';

  constructor(readonly issues: readonly SchemaIssue[]) {
    super(describeIssues(issues));
  }
}

function describeIssues(issues: readonly SchemaIssue[]): string {
  const shown = issues.slice(0, SHOWN_ISSUES).map(({ message, path = [] }) => {
    const where = path.map(part => String(typeof part === 'object' ? part.key : part)).join('.');
    return piece(where === '' ? message : `${where}: ${message}`);
  });
  const others = issues.length - shown.length;
  return `${shown.join('; ')}${others > 0 ? `; and ${others} more` : ''}`;
}

/** Schemas of arktype are functions. */
export function isSchema(value: unknown): value is StandardSchema {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  return typeof (value as Partial<StandardSchema>)['~standard']?.validate === 'function';
}

/** Returns the output of a schema, or throws or rejects with a {@link SchemaError}. */
export function validate<Output>(
  schema: StandardSchema<unknown, Output>,
  value: unknown,
): Output | PromiseLike<Output> {
  const result = schema['~standard'].validate(value);
  return isPromiseLike(result) ? result.then(outputOf) : outputOf(result);
}

function outputOf<Output>(result: SchemaResult<Output>): Output {
  if (result.issues !== undefined) throw new SchemaError(result.issues);
  return result.value;
}

export function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function';
}
