import { Observable } from 'rxjs';
import type { EndHooks, HandlingInfo, OperationHooks, RequestHooks, RequestInfo, StreamInfo } from '../../hooks.js';
import type { MqttMessage } from '../../message.js';
import type { Operation } from '../../operation.js';
import type { OutgoingPublish } from '../../protocol/outbound/outgoing-publish.js';
import type { NegotiatedLimits } from '../../state.js';
import { HookedOperation, type Instrument, runWithin, start } from './hook-calls.js';
import type { HookedMessages } from './hooked-messages.js';

/** What {@link ActiveHooks} needs of its client. */
export interface HookedClient {
  /** Those of the last connection. */
  readonly limits: NegotiatedLimits | undefined;
}

/** The hooks of a client that has some. */
export class ActiveHooks {
  instruments: readonly Instrument[] = [];
  readonly messages: HookedMessages;
  readonly #client: HookedClient;
  /** The origin of the next message, where it is neither from `publish()` nor from `publishAll()`. */
  #nextOrigin: 'request' | 'reply' | undefined;

  constructor(messages: HookedMessages, client: HookedClient) {
    this.messages = messages;
    this.#client = client;
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
    messages.begin(this.instruments, message, origin, this.#client.limits);
    try {
      publisher.enqueue(message, timeout);
    } catch (error) {
      messages.onRefused(message, error);
      throw error;
    }
    messages.onQueued(message);
  }

  /** Delivers a received message by `deliver`. */
  receive<T>(message: MqttMessage, filters: readonly string[], deliver: () => T): T {
    const started = start(this.instruments, 'onReceive', hooks => hooks.onReceive?.(message, filters));
    return runWithin(started, deliver);
  }

  handle(info: HandlingInfo): Operation {
    const started = start<OperationHooks>(this.instruments, 'onHandle', hooks => hooks.onHandle?.(info));
    return new HookedOperation(started, this.#publishAs('reply'));
  }

  request(info: RequestInfo): HookedOperation<RequestHooks> {
    const started = start<RequestHooks>(this.instruments, 'onRequest', hooks => hooks.onRequest?.(info));
    return new HookedOperation(started, this.#publishAs('request'));
  }

  stream(info: StreamInfo): Operation {
    return new HookedOperation(start<EndHooks>(this.instruments, 'onStream', hooks => hooks.onStream?.(info)));
  }

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
