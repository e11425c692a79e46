/** One thing that was found out about a broker. */
export interface Finding {
  readonly name: string;
  /** `'unknown'`: it could not be found out. */
  readonly result: 'yes' | 'no' | 'unknown';
  readonly detail: string;
  /** What this client does about it, where it does something. */
  readonly remark?: string;
}

/** Returns a finding of something that is there or not. */
export function found(name: string, isThere: boolean, detail = '', remark?: string): Finding {
  return { name, result: isThere ? 'yes' : 'no', detail, ...(remark !== undefined && { remark }) };
}

export function unknown(name: string, error: unknown): Finding {
  return { name, result: 'unknown', detail: error instanceof Error ? error.message : String(error) };
}
