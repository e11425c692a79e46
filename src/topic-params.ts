/** `id` of `+id`, `rest` of `#rest`; never of a plain level or wildcard. */
type LevelName<Level extends string> = Level extends `+${infer Name}` | `#${infer Name}` ? Exclude<Name, ''> : never;

/** The names in a filter such as `devices/+id/#rest`, as a union. */
type Names<Filter extends string> = Filter extends `${infer Level}/${infer Rest}`
  ? LevelName<Level> | Names<Rest>
  : LevelName<Filter>;

/** Of one filter, by its names: those of the other filters are known to be undefined. */
type Params<Own extends string, All extends string> = Flat<
  Readonly<Record<Own, string>> & Readonly<Partial<Record<Exclude<All, Own>, undefined>>>
>;

type Flat<T> = { readonly [Key in keyof T]: T[Key] };

type ParamsOfEach<Filter extends string, All extends string = Names<Filter>> = Filter extends string
  ? Params<Names<Filter>, All>
  : never;

/** A filter, or several, each alone or with options of its own. */
export type FilterList = string | readonly (string | readonly [filter: string, options: object])[];

/** The filters themselves, as a union. */
type FilterOf<F extends FilterList> = F extends string
  ? F
  : F[number] extends infer Each
    ? Each extends readonly [infer Filter extends string, object]
      ? Filter
      : Extract<Each, string>
    : never;

/**
 * What the named wildcards of a filter stand for: `{ id: string }` for `'devices/+id/state'`. Of several filters the union, told apart
 * by the names that are not undefined. A filter that the compiler does not know can have any.
 */
export type TopicParams<F extends FilterList> =
  FilterOf<F> extends infer Each extends string
    ? string extends Each
      ? Readonly<Partial<Record<string, string>>>
      : ParamsOfEach<Each>
    : never;
