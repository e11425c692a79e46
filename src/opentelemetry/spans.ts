import {
  type Attributes as AttributeValues,
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  context as activeContext,
  isSpanContextValid,
  trace,
} from '@opentelemetry/api';
import type { ClientHooks, Ending, OutgoingMessageInfo, PublishHooks, PublishSettlement } from '../hooks.js';
import type { MqttMessage } from '../message.js';
import { type Attributes, errorType, spanName } from './attributes.js';
import type { MessageContext } from './message-context.js';

interface Message {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: number;
  readonly retain: boolean;
}

const ofMessage = ({ topic, payload, qos, retain }: Message): AttributeValues => ({
  'messaging.destination.name': topic,
  'messaging.message.body.size': payload.length,
  'messaging.mqtt.qos': qos,
  ...(retain ? { 'messaging.mqtt.retain': true } : {}),
});

/** Returns hooks that make the spans of a client. @param propagation - undefined for no context in messages. */
export function spanHooks(
  tracer: Tracer,
  attributes: Attributes,
  propagation: MessageContext | undefined,
): ClientHooks {
  function start(kind: SpanKind, all: AttributeValues, parent: Context, creation?: Context): Span {
    const creator = creation && trace.getSpanContext(creation);
    const links = creator === undefined ? [] : [{ context: creator }];
    return tracer.startSpan(spanName(all), { kind, attributes: { ...all, ...attributes.client }, links }, parent);
  }

  /** Starts the span of something that the client does with a received message: in the trace of its publisher, to which it links. */
  function startConsumer(operation: string, message: MqttMessage, filters: readonly string[], attempt = 1) {
    const all = {
      ...attributes.of(operation, message.topic, filters),
      ...ofMessage(message),
      ...(attempt > 1 ? { 'messaging.mqtt.attempt': attempt } : {}),
    };
    const creation = propagation?.extract(message.properties.userProperties);
    const parent = creation ?? ROOT_CONTEXT;
    const span = start(SpanKind.CONSUMER, all, parent, creation);
    return { span, context: trace.setSpan(parent, span) };
  }

  function onPublish(message: OutgoingMessageInfo): PublishHooks {
    const { topic, properties } = message;
    // a message that already carries a context keeps it, such as one that a bridge passes on
    const given = propagation?.extract(properties?.userProperties);
    const all = { ...attributes.of('send', topic), ...ofMessage(message), 'messaging.mqtt.origin': message.origin };
    // a span is that of the producer if consumers link to it
    const kind = given === undefined && propagation !== undefined ? SpanKind.PRODUCER : SpanKind.CLIENT;
    const span = start(kind, all, activeContext.active(), given);
    const context = trace.setSpan(activeContext.active(), span);
    const mayInject = given === undefined && isSpanContextValid(span.spanContext());
    return {
      userProperties: mayInject ? propagation?.inject(context) : undefined,
      onQueued: () => void span.addEvent('queued'),
      onSent: ({ dup }) => void span.addEvent('sent', dup ? { 'messaging.mqtt.dup': true } : {}),
      onSettled: settlement => settle(span, settlement),
    };
  }

  return {
    onPublish,
    onReceive: (message, filters) => {
      const { span, context } = startConsumer('receive', message, filters);
      return {
        run: deliver => {
          activeContext.with(context, deliver);
          span.end();
        },
      };
    },
    onHandle: ({ message, filters, attempt }) => {
      const { span, context } = startConsumer('process', message, filters, attempt);
      return { run: call => activeContext.with(context, call), onEnded: ending => end(span, ending) };
    },
    onRequest: ({ topic }) => {
      const all = { ...attributes.of('request', topic), 'messaging.destination.name': topic };
      const parent = activeContext.active();
      const span = start(SpanKind.CLIENT, all, parent);
      const context = trace.setSpan(parent, span);
      return {
        run: call => activeContext.with(context, call),
        onReply: () => void span.addEvent('reply'),
        onEnded: ending => end(span, ending),
      };
    },
  };
}

function settle(span: Span, settlement: PublishSettlement): void {
  span.setAttribute('messaging.mqtt.delivery', settlement.delivery);
  if (settlement.delivery === 'delivered') span.setAttribute('messaging.mqtt.reason_code', settlement.reasonCode);
  if ('error' in settlement) fail(span, settlement.error);
  span.end();
}

function end(span: Span, ending: Ending): void {
  if (ending.status === 'failed') fail(span, ending.error);
  if (ending.status === 'unsubscribed') span.addEvent('unsubscribed');
  span.end();
}

function fail(span: Span, error: unknown): void {
  span.setAttribute('error.type', errorType(error));
  span.setStatus({ code: SpanStatusCode.ERROR });
}
