/**
 * Traces and metrics of a client by OpenTelemetry: {@link instrument}. It needs the package `@opentelemetry/api`.
 *
 * @module rxjs-mqtt/opentelemetry
 */
export { instrument, type OpenTelemetryOptions } from './instrument.js';
