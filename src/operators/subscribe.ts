import { NEVER, Observable, type OperatorFunction, type SchedulerLike, Subscription } from 'rxjs';
import type { MqttError } from '../errors.js';
import type {
  SubackPacket,
  SubscribePacket,
  SubscriptionRequest,
  UnsubackPacket,
  UnsubscribePacket,
} from '../packets.js';
import type {
  FilterRequest,
  Request,
  SubscribeRequest,
  UnsubscribeRequest,
} from '../protocol/subscriptions/subscription-request.js';
import type { SubscriptionOutcome } from '../protocol/subscriptions/subscription-requests.js';
import type { Subscriptions } from '../protocol/subscriptions/subscriptions.js';
import { isRequestable, subscriptionObstacle } from '../protocol/limits.js';
import { createFilterSelector, requestFits } from '../protocol/subscriptions/request-fits.js';
import type { NegotiatedLimits } from '../state.js';
import { TickCoalescer } from './tick-coalescer.js';

export interface SubscribeConfig {
  readonly subscriptions: Subscriptions;
  readonly limits: NegotiatedLimits;
  /** Emits when what is wanted may have changed. */
  readonly changed$: Observable<unknown>;
  /** Emits when a packet identifier may have become free. Default: never. */
  readonly idFreed$?: Observable<unknown>;
  /** The most filters in one packet. Default: as many as fit. */
  readonly maxFilters?: number;
  /** Schedules the packets of all changes of one tick. */
  readonly tick: SchedulerLike;
  /** Called when the packets for all changes so far are sent, or wait for an answer or a packet identifier. */
  readonly sent: () => void;
  /** Called for a filter that the limits do not allow; no SUBSCRIBE is sent for it. */
  readonly obstructed: (error: MqttError) => void;
  readonly settled: (answer: SubackPacket | UnsubackPacket, outcome: SubscriptionOutcome) => void;
}

/** The most unanswered packets, so that thousands of filters neither use up the packet identifiers nor flood the broker. */
const WINDOW = 8;

/**
 * Sends SUBSCRIBE and UNSUBSCRIBE until the broker has the subscriptions that are wanted (5.0 sections 3.8 to 3.11). All changes of one
 * tick are sent in one packet of each kind, or in several if they do not fit; those are sent as answers arrive. Filters that overlap are
 * sent in separate packets with different subscription identifiers, and so are filters with different user properties. The filters of
 * each `unsubscribe()` call are sent in packets of their own, too.
 *
 * In: SUBACK, UNSUBACK. Out: SUBSCRIBE, UNSUBSCRIBE. Completes with its source; errors with `PROTOCOL_ERROR`.
 */
export function subscribe(
  config: SubscribeConfig,
): OperatorFunction<SubackPacket | UnsubackPacket, SubscribePacket | UnsubscribePacket> {
  const { subscriptions, limits, tick, idFreed$ = NEVER, maxFilters = Infinity } = config;
  return answer$ =>
    new Observable(subscriber => {
      /** Refuses a filter that the limits do not allow. */
      const isAllowed = (request: FilterRequest) => {
        const obstacle = subscriptionObstacle(request, limits);
        if (obstacle === undefined) return true;
        subscriptions.refuse(request.filter);
        config.obstructed(obstacle);
        return false;
      };

      /** Refuses a filter that does not fit a packet: the session may have it from a broker that accepted larger ones. */
      const isExpressible = (filter: string) => {
        if (isRequestable({ filter }, limits)) return true;
        subscriptions.refuse(filter);
        return false;
      };

      let isOutOfIds = false;
      // subscribed only while identifiers are used up, because it emits with every acknowledgement
      let idFreed = Subscription.EMPTY;
      const sendRequest = (request: Request) => {
        if (subscriber.closed) return;
        const packetId = subscriptions.start(request);
        if (packetId === 0) waitForId();
        else if (request.kind === 'unsubscribe') subscriber.next(createUnsubscribePacket(packetId, request, limits));
        else subscriber.next(createSubscribePacket(packetId, request, limits));
      };

      const selectFilters = createFilterSelector(limits, maxFilters);
      const sendUnsubscribes = () => {
        while (!subscriber.closed && !isOutOfIds && subscriptions.requests < WINDOW) {
          const request = subscriptions.takeUnsubscribe(selectFilters);
          if (request === undefined) return;
          sendRequest(request);
        }
      };

      const send = () => {
        isOutOfIds = false;
        idFreed.unsubscribe();
        sendUnsubscribes();
        while (!subscriber.closed && !isOutOfIds) {
          const fits = requestFits(limits, maxFilters, WINDOW - subscriptions.requests);
          const { subscribe, identifier, unsubscribe } = subscriptions.takeChanges(fits);
          if (subscribe.length + unsubscribe.length === 0) break;
          const filters = unsubscribe.filter(isExpressible);
          if (filters.length > 0) sendRequest({ kind: 'unsubscribe', filters });
          const requests = subscribe.filter(isAllowed);
          if (requests.length > 0) sendRequest({ kind: 'subscribe', requests, identifier });
        }
        config.sent();
      };

      const sending = new TickCoalescer(tick, send);
      const sendThisTick = () => sending.schedule();
      subscriber.add(() => sending.cancel());

      const waitForId = () => {
        if (isOutOfIds) return;
        isOutOfIds = true;
        idFreed = idFreed$.subscribe({ next: sendThisTick, error: (error: unknown) => subscriber.error(error) });
      };
      subscriber.add(() => idFreed.unsubscribe());

      subscriber.add(
        answer$.subscribe({
          next: answer => {
            try {
              const outcome = answer.cmd === 'suback' ? subscriptions.suback(answer) : subscriptions.unsuback(answer);
              if (outcome) config.settled(answer, outcome);
            } catch (error) {
              return subscriber.error(error);
            }
            sendThisTick();
          },
          error: (error: unknown) => subscriber.error(error),
          complete: () => subscriber.complete(),
        }),
      );
      subscriber.add(
        config.changed$.subscribe({ next: sendThisTick, error: (error: unknown) => subscriber.error(error) }),
      );
      send();
    });
}

function createSubscribePacket(packetId: number, request: SubscribeRequest, limits: NegotiatedLimits): SubscribePacket {
  const { requests, identifier } = request;
  const { userProperties } = requests[0]!;
  const subscriptions = userProperties === undefined ? requests : requests.map(withoutProperties);
  const packet: SubscribePacket = { cmd: 'subscribe', packetId, subscriptions };
  if (identifier !== undefined) packet.properties = { subscriptionIdentifier: identifier };
  if (userProperties !== undefined && limits.protocolVersion === 5)
    packet.properties = { ...packet.properties, userProperties };
  return packet;
}

const withoutProperties = ({ userProperties: _, ...request }: FilterRequest): SubscriptionRequest => request;

function createUnsubscribePacket(
  packetId: number,
  request: UnsubscribeRequest,
  limits: NegotiatedLimits,
): UnsubscribePacket {
  const { filters, call } = request;
  const packet: UnsubscribePacket = { cmd: 'unsubscribe', packetId, filters };
  if (call?.userProperties !== undefined && limits.protocolVersion === 5)
    packet.properties = { userProperties: call.userProperties };
  return packet;
}
