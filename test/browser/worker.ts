import { kit } from './kit.js';

export interface Task {
  readonly id: number;
  readonly name: string;
  readonly args: readonly unknown[];
}

export interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly failure?: string;
}

addEventListener('message', ({ data: { id, name, args } }: MessageEvent<Task>) => {
  const run = async () => (kit as unknown as Record<string, (...args: readonly unknown[]) => unknown>)[name]!(...args);
  run().then(
    result => postMessage({ id, result } satisfies Answer),
    (error: unknown) => postMessage({ id, failure: String(error) } satisfies Answer),
  );
});
