/**
 * MQTT as observables. {@link mqtt} creates an {@link MqttClient}, {@link MqttOptions} lists its options, and every error is an
 * {@link MqttError}.
 *
 * @module rxjs-mqtt
 */
export type { Authentication, AuthenticationChallenge, AuthenticationContext } from './options/authentication.js';
export type {
  ClientHooks,
  EndHooks,
  Ending,
  HandlingInfo,
  OperationHooks,
  OutgoingMessageInfo,
  PublishHooks,
  PublishSettlement,
  RequestHooks,
  RequestInfo,
  RunHooks,
  SentInfo,
  StreamInfo,
} from './hooks.js';
export { fromConfig, type ClientConfig, type FromConfigOptions } from './client/options/from-config.js';
export { addHooks } from './client/instrumentation/add-hooks.js';
export { mqtt, mqtt$ } from './client/mqtt.js';
export { platformSignal$ } from './client/platform/platform-signals.js';
export type { MqttClient } from './client/mqtt-client.js';
export type { MqttPublisher } from './client/mqtt-publisher.js';
export type {
  AbortOptions,
  BoundOptions,
  DisconnectOptions,
  FilterOptions,
  LatestOptions,
  OutgoingMessage,
  PublishAllOptions,
  PublishOptions,
  RequestProperties,
  TopicFilters,
  TopicOptions,
  UnsubscribeOptions,
} from './options/call-options.js';
export type {
  AckAfterOptions,
  BufferOptions,
  ConsumeOptions,
  Consumed,
  HandlerRetryOptions,
} from './options/consume-options.js';
export {
  type ConnectionPhase,
  type FailedDelivery,
  MqttError,
  type MqttErrorCode,
  type MqttErrorInfo,
} from './errors.js';
export {
  type AckOptions,
  type AckableMessage,
  type FilterList,
  type LeaveOptions,
  MqttMessage,
  type Payload,
  type PublishProperties,
  type QoS,
  type TopicParams,
  type UserProperties,
} from './message.js';
export type {
  AttemptOverrides,
  BackoffOptions,
  FailoverOptions,
  HoldOptions,
  MqttOptions,
  PerAttemptOptions,
  QueueOptions,
  ReconnectContext,
  ReconnectStrategy,
  AttemptServer,
  ServerOptions,
  Pem,
  TcpKeepAlive,
  TcpOptions,
  TlsOptions,
  TlsVersion,
  WebSocketOptions,
  Verdict,
  WillOptions,
} from './options/options.js';
export type {
  AckProperties,
  AuthPacket,
  ConnackPacket,
  ConnackProperties,
  ConnectPacket,
  ConnectProperties,
  DisconnectPacket,
  Packet,
  PacketCommand,
  PacketOf,
  PingreqPacket,
  PingrespPacket,
  ProtocolVersion,
  PubackPacket,
  PubcompPacket,
  PublishPacket,
  PublishRefusal,
  PubrecPacket,
  PubrelPacket,
  SubackPacket,
  SubscribePacket,
  SubscriptionRequest,
  UnsubackPacket,
  UnsubscribePacket,
  WillProperties,
} from './packets.js';
export type { PlatformSignal } from './platform.js';
export {
  bytes,
  json,
  text,
  withSchema,
  type PayloadCodec,
  type PayloadDecoder,
  type PayloadEncoder,
} from './payload-codecs.js';
export {
  SchemaError,
  type SchemaInput,
  type SchemaIssue,
  type SchemaOutput,
  type SchemaResult,
  type StandardSchema,
} from './standard-schema.js';
export type {
  ExchangeProperties,
  Reply,
  RequestConvention,
  RequestOptions,
  RequestTopics,
  RespondOptions,
} from './options/request-options.js';
export type {
  AckEvent,
  ClientStats,
  Delivery,
  PacketEvent,
  PublishOutcome,
  OutboxEntry,
  PublishResult,
  Restored,
  Responded,
  Subscribed,
  UndecodableMessage,
  Unsubscribed,
} from './results.js';
export type { Connack, ConnectionState, NegotiatedLimits } from './state.js';
export { ackAfter, type MessageHandler } from './operators/ack-after.js';
export { exponentialBackoff, failover, fixedDelay } from './operators/reconnect/strategies.js';
export { whenOnline } from './operators/reconnect/when-online.js';
export { received, sent } from './operators/packets.js';
export { type AsyncIterableOptions, toAsyncIterable } from './operators/interop/to-async-iterable.js';
export { toReadableStream } from './operators/interop/to-readable-stream.js';
export { untilAborted } from './operators/interop/until-aborted.js';
export { type WritableStreamOptions, toWritableStream } from './client/publishing/publish-all/to-writable-stream.js';
export type { MqttWarning } from './warnings.js';
export type { Link, Transport, TransportOptions, TransportTarget } from './transport/link.js';
export { memoryTransport, type MemoryPeer } from './transport/memory.js';
export { webSocketTransport, type WebSocketLike, type WebSocketTransportOptions } from './transport/web/web-socket.js';
