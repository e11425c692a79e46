/**
 * Traces and metrics of a client by OpenTelemetry: {@link instrument}. It needs the package `@opentelemetry/api`.
 *
 * @module rxjs-mqtt/opentelemetry
 */
export { instrument } from './instrument.js';
export type { OpenTelemetryOptions } from './options.js';
