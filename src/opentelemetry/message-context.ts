import {
  type Context,
  type PropagationAPI,
  ROOT_CONTEXT,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
  trace,
} from '@opentelemetry/api';
import type { UserProperties } from '../message.js';

type Carrier = [name: string, value: string][];

/** A propagator, or the global one. */
type Propagation = TextMapPropagator | PropagationAPI;

/** The fields that the draft 'Trace Context: MQTT protocol' of the W3C names. */
const TRACE_CONTEXT = ['traceparent', 'tracestate'];

const getter: TextMapGetter<UserProperties> = {
  keys: carrier => carrier.map(([name]) => name),
  get: (carrier, key) => carrier.find(([name]) => name === key)?.[1],
};

/** The context of a trace in the user properties of a message. */
export class MessageContext {
  readonly #propagation: Propagation;
  readonly #setter: TextMapSetter<Carrier>;

  /** @param traceContextOnly - whether to write no other fields, such as `baggage`. */
  constructor(propagation: Propagation, traceContextOnly: boolean) {
    this.#propagation = propagation;
    this.#setter = {
      set: (carrier, name, value) => {
        if (!traceContextOnly || TRACE_CONTEXT.includes(name)) carrier.push([name, value]);
      },
    };
  }

  /** Returns the user properties that carry a context. */
  inject(context: Context): UserProperties {
    const carrier: Carrier = [];
    this.#propagation.inject(context, carrier, this.#setter);
    return carrier;
  }

  /** Returns the context that user properties carry; undefined if they carry none. */
  extract(userProperties: UserProperties | undefined): Context | undefined {
    if (userProperties === undefined || userProperties.length === 0) return undefined;
    // the active context may be any: that of whatever connected the client
    const context = this.#propagation.extract(ROOT_CONTEXT, userProperties, getter);
    return trace.getSpanContext(context) === undefined ? undefined : context;
  }
}
