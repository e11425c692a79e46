import type { Attributes as AttributeValues } from '@opentelemetry/api';
import type { MqttClient } from '../client/mqtt-client.js';
import { MqttError } from '../errors.js';
import { matches } from '../protocol/topics/match.js';

/**
 * The types that the conventions have for the operations of a client. A subscriber of a stream is called, so the delivery of a message is the
 * type of scenarios that push; `receive` is the type of those that pull. A request has no type.
 */
const TYPES: Readonly<Record<string, string>> = { send: 'send', receive: 'process', process: 'process' };

const SHARED = /^\$share\/([^/]+)\/(.*)$/;

/** The attributes of spans and metrics, by the semantic conventions for messaging, 1.45.0. What has no convention is `messaging.mqtt.*`. */
export class Attributes {
  readonly #client: Pick<MqttClient, 'connection'>;
  readonly #templateOf: (topic: string) => string | undefined;
  #url: string | undefined;
  #server: AttributeValues = {};

  /** @param destination - the option of this name. */
  constructor(
    client: Pick<MqttClient, 'connection'>,
    destination: readonly string[] | ((topic: string) => string | undefined) = [],
  ) {
    this.#client = client;
    this.#templateOf =
      typeof destination === 'function'
        ? destination
        : topic => destination.find(filter => matches(withoutNames(filter), topic));
  }

  /** Those of low cardinality, for metrics and spans. @param filters - those of the stream of a received message. */
  of(operation: string, topic: string, filters: readonly string[] = []): AttributeValues {
    const shared = SHARED.exec(filters[0] ?? '');
    const template = this.#templateOf(topic) ?? shared?.[2] ?? filters[0];
    return {
      'messaging.system': 'mqtt',
      'messaging.operation.name': operation,
      ...(TYPES[operation] === undefined ? {} : { 'messaging.operation.type': TYPES[operation] }),
      ...(template === undefined ? {} : { 'messaging.destination.template': template }),
      ...(shared === null ? {} : { 'messaging.consumer.group.name': shared[1]! }),
      ...this.server,
    };
  }

  /** The client of the present connection, for spans: metrics do not have it, because there may be very many. */
  get client(): AttributeValues {
    const { connection } = this.#client;
    return connection.status === 'connected' ? { 'messaging.client.id': connection.limits.clientId } : {};
  }

  /** The server of the present connection. */
  get server(): AttributeValues {
    const { connection } = this.#client;
    const url = connection.status === 'connected' ? connection.url : undefined;
    if (url === this.#url) return this.#server;
    this.#url = url;
    return (this.#server = url === undefined ? {} : serverOf(url));
  }
}

/** The name of a span. */
export function spanName(attributes: AttributeValues): string {
  const { 'messaging.operation.name': operation, 'messaging.destination.template': template } = attributes;
  return template === undefined ? String(operation) : `${String(operation)} ${String(template)}`;
}

/** The class of an error. Its message is not recorded: that of a foreign error may hold anything. */
export function errorType(error: unknown): string {
  if (MqttError.is(error)) return error.code;
  return error instanceof Error ? error.name : '_OTHER';
}

/** Returns the filter as the broker has it: `devices/+/#` for `devices/+id/#rest`. */
const withoutNames = (filter: string): string => filter.replace(/(^|\/)([+#])[^/]*/g, '$1$2');

function serverOf(url: string): AttributeValues {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return {};
  }
  const { hostname, port } = parsed;
  if (hostname === '') return {};
  return {
    'server.address': hostname.replace(/^\[|\]$/g, ''),
    ...(port === '' ? {} : { 'server.port': Number(port) }),
  };
}
