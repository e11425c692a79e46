import { BehaviorSubject, filter, firstValueFrom } from 'rxjs';
import { mqtt } from '../../src/index.js';
import { type Kit, kit } from './kit.js';
import type { Answer, Task } from './worker.js';

/** What tests find in the page. */
export interface Stage {
  page<K extends keyof Kit>(name: K, ...args: Parameters<Kit[K]>): ReturnType<Kit[K]>;
  worker(name: string, ...args: readonly unknown[]): Promise<unknown>;
  /** Resolves as soon as it is subscribed to the topic. */
  listen(url: string, topic: string): Promise<void>;
  /** Resolves after so many messages, with the ms that each click on the button has waited for its handler. */
  heard(messages: number): Promise<readonly number[]>;
}

let worker: Worker | undefined;
let tasks = 0;
const count$ = new BehaviorSubject(0);
const waits: number[] = [];

const stage: Stage = {
  page: (name, ...args) => (kit[name] as (...given: typeof args) => never)(...args),

  worker(name, ...args) {
    const theirs = (worker ??= new Worker('/worker.js'));
    const id = tasks++;
    return new Promise((resolve, reject) => {
      const listen = ({ data }: MessageEvent<Answer>) => {
        if (data.id !== id) return;
        theirs.removeEventListener('message', listen);
        if (data.failure === undefined) resolve(data.result);
        else reject(new Error(data.failure));
      };
      theirs.addEventListener('message', listen);
      theirs.postMessage({ id, name, args } satisfies Task);
    });
  },

  async listen(url, topic) {
    document.querySelector('button')!.addEventListener('click', ({ timeStamp }) => {
      waits.push(performance.now() - timeStamp);
    });
    const client = mqtt(url);
    client.topic$(topic, { qos: 0 }).subscribe(() => count$.next(count$.value + 1));
    await firstValueFrom(client.ack$);
  },

  async heard(messages) {
    await firstValueFrom(count$.pipe(filter(count => count === messages)));
    return waits;
  },
};

Object.assign(globalThis, { stage });
