import { Observable } from 'rxjs';
import type {
  ClientHooks,
  EndHooks,
  HandlingInfo,
  OperationHooks,
  RequestHooks,
  RequestInfo,
  StreamInfo,
} from '../../hooks.js';
import type { MqttMessage } from '../../message.js';
import type { Operation } from '../../operation.js';
import type { OutgoingPublish } from '../../protocol/outbound/outgoing-publish.js';
import { matches } from '../../protocol/topics/match.js';
import { wordsOf } from '../../quoted.js';
import type { NegotiatedLimits } from '../../state.js';
import type { Warnings } from '../warnings.js';
import { type HookName, HookedOperation, HookedRequest, Instrument, runWithin, start } from './hook-calls.js';
import { HookedMessages } from './hooked-messages.js';

/** What {@link ActiveHooks} needs of its client. */
export interface HookedClient {
  /** Those of the last connection. */
  readonly limits: NegotiatedLimits | undefined;
  readonly warnings: Warnings;
}

/** The filters of a stream, and the patterns that topics are matched against, for each of them. */
interface Filters {
  readonly filters: readonly string[];
  readonly patterns: readonly (readonly string[])[];
}

/** The hooks of a client that has some. Lives with the client. */
export class ActiveHooks {
  readonly messages = new HookedMessages();
  readonly #client: HookedClient;
  #instruments: readonly Instrument[] = [];
  /** The origin of the next message, where it is neither from `publish()` nor from `publishAll()`. */
  #nextOrigin: 'request' | 'reply' | undefined;

  constructor(client: HookedClient) {
    this.#client = client;
  }

  get isEmpty(): boolean {
    return this.#instruments.length === 0;
  }

  /** Returns a function that removes the hooks. */
  add(hooks: ClientHooks): () => void {
    const instrument = new Instrument(hooks, this.#onFailed);
    this.#instruments = [...this.#instruments, instrument];
    return () => {
      instrument.isRemoved = true;
      this.#instruments = this.#instruments.filter(each => each !== instrument);
    };
  }

  /** Has the publisher enqueue a message, which throws if the queue does not take it. A closure would take memory without hooks, too. */
  publish<M extends OutgoingPublish>(
    message: M,
    timeout: number | undefined,
    method: 'publish' | 'publishAll',
    publisher: { enqueue(message: M, timeout: number | undefined): void },
  ): void {
    const { messages } = this;
    const origin = this.#nextOrigin ?? method;
    this.#nextOrigin = undefined;
    messages.begin(this.#instruments, message, origin, this.#client.limits);
    try {
      publisher.enqueue(message, timeout);
    } catch (error) {
      messages.onRefused(message, error);
      throw error;
    }
    messages.onQueued(message);
  }

  /** Delivers a received message to `routes` by `deliver`. */
  receive<T>(message: MqttMessage, routes: readonly Filters[], deliver: () => T): T {
    const filters = filtersOf(routes, message);
    const started = start(this.#instruments, 'onReceive', hooks => hooks.onReceive?.(message, filters));
    return runWithin(started, deliver);
  }

  handle(info: HandlingInfo): Operation {
    const started = start<OperationHooks>(this.#instruments, 'onHandle', hooks => hooks.onHandle?.(info));
    return new HookedOperation(started, this.#publishAs('reply'));
  }

  request(info: RequestInfo): HookedRequest {
    const started = start<RequestHooks>(this.#instruments, 'onRequest', hooks => hooks.onRequest?.(info));
    return new HookedRequest(started, this.#publishAs('request'));
  }

  stream(info: StreamInfo): Operation {
    return new HookedOperation(start<EndHooks>(this.#instruments, 'onStream', hooks => hooks.onStream?.(info)));
  }

  readonly #onFailed = (hook: HookName, error: unknown): void => {
    const { warnings } = this.#client;
    const count = warnings.count('HOOK_FAILED');
    if (count === undefined) return;
    const already = count > 1 ? `; ${count} hooks have failed so far` : '';
    warnings.warn({
      code: 'HOOK_FAILED',
      message: `the hook '${hook}' failed: ${wordsOf(error)}${already}; the client goes on without it`,
      hook,
      error,
      count,
    });
  };

  #publishAs(origin: 'request' | 'reply') {
    return <T>(result$: Observable<T>): Observable<T> =>
      new Observable(subscriber => {
        this.#nextOrigin = origin;
        const subscription = result$.subscribe(subscriber);
        this.#nextOrigin = undefined; // what was refused before it was published has left it
        return subscription;
      });
  }
}

/** Returns the filters of the routes by which a message reaches them. Those with a prefix may match by their identifier only. */
function filtersOf(routes: readonly Filters[], { topic }: MqttMessage): readonly string[] {
  const found = routes.flatMap(({ filters, patterns }) => {
    const matching = filters.filter((_, i) => patterns[i]!.some(pattern => matches(pattern, topic)));
    return matching.length === 0 ? filters : matching;
  });
  return [...new Set(found)];
}
