/**
 * For tests: {@link mqttMarbles} runs a client and a scripted broker on virtual time, {@link virtualBroker} is a broker in memory, and
 * {@link mockMqtt} is a client without a connection, and {@link sessionStoreTests} are the tests of a store.
 *
 * @module rxjs-mqtt/testing
 */
export { mqttMarbles, type MqttMarbles } from './marbles/mqtt-marbles.js';
export type { Actions } from './marbles/act.js';
export type { AssertDeepEqual } from './marbles/deep-equal.js';
export type { Expectation } from './marbles/expect-values.js';
export type { PacketPattern, StatePattern } from './marbles/kinds.js';
export type { MarblesFailure } from './marbles/picture/attach-drawing.js';
export type { Sendable } from './marbles/scripted-broker.js';
export {
  connack,
  disconnect,
  pingresp,
  puback,
  pubcomp,
  publish,
  pubrec,
  pubrel,
  suback,
  unsuback,
} from './packets.js';
export { describePacket } from './describe-packet.js';
export {
  sessionStoreTests,
  type SessionStoreTest,
  type SessionStoreTestOptions,
} from './stores/session-store-tests.js';
export { mockMqtt } from './mock/mock-client.js';
export type { MockMqtt, MockMqttOptions } from './mock/mock-mqtt.js';
export type { MockPublication } from './mock/mock-publication.js';
export type { Fault } from './broker/faults.js';
export type { VirtualBrokerOptions } from './broker/options.js';
export {
  virtualBroker,
  type BrokerPacketEvent,
  type BrokerSessionView,
  type VirtualBroker,
} from './broker/virtual-broker.js';
export { MemoryStore, type MemoryStoreOptions } from './memory-store.js';
export {
  simulate,
  describeFailure,
  type SimulateOptions,
  type SimulationFailure,
  type SimulationResult,
} from './simulation/simulate.js';
export type { Scenario, Simulation, SimulationAction } from './simulation/simulation.js';
export type { SimulationEvent, SimulationFaultKind } from './simulation/events.js';
export type { Random } from './simulation/random.js';
export { replayTrace, type TraceReplay } from './replay/replay-trace.js';
export type { ReplayOptions, ReplayedValue } from './replay/replay-options.js';
