import type { ClientContext } from '../client-context.js';
import type { MqttClient } from '../mqtt-client.js';
import type { RequestContext } from './request-context.js';
import { Requests } from './requests.js';

/** Creates what implements `request()` of a client, when it is first called. */
export function createRequests(
  context: ClientContext,
  client: Pick<RequestContext, 'state$'> & Pick<MqttClient, 'ack$'> & RequestContext['publisher'],
): Requests {
  const { topics, session, scheduler, options, instrumentation } = context;
  return new Requests({
    state$: client.state$,
    topics,
    publisher: client,
    ack$: client.ack$,
    subscriptions: session.subscriptions,
    scheduler,
    random: options.random,
    instrumentation,
    emitUnrouted: message => context.unrouted.emit(message),
  });
}
