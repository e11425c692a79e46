/**
 * A Map that is made with its first entry. An empty Map takes 184 bytes, and a client has many that stay empty: a gateway with thousands of
 * idle clients would mostly hold empty tables.
 */
export class LateMap<K, V> {
  #map: Map<K, V> | undefined;

  get size(): number {
    return this.#map?.size ?? 0;
  }

  get(key: K): V | undefined {
    return this.#map?.get(key);
  }

  has(key: K): boolean {
    return this.#map?.has(key) ?? false;
  }

  set(key: K, value: V): void {
    this.#map ??= new Map();
    this.#map.set(key, value);
  }

  delete(key: K): boolean {
    return this.#map?.delete(key) ?? false;
  }

  clear(): void {
    this.#map?.clear();
  }

  keys(): MapIterator<K> {
    return (this.#map ?? new Map<K, V>()).keys();
  }

  values(): MapIterator<V> {
    return (this.#map ?? new Map<K, V>()).values();
  }

  [Symbol.iterator](): MapIterator<[K, V]> {
    return (this.#map ?? new Map<K, V>()).entries();
  }
}

/** A Set that is made with its first value; see {@link LateMap}. */
export class LateSet<T> {
  #set: Set<T> | undefined;

  get size(): number {
    return this.#set?.size ?? 0;
  }

  has(value: T): boolean {
    return this.#set?.has(value) ?? false;
  }

  add(value: T): void {
    this.#set ??= new Set();
    this.#set.add(value);
  }

  delete(value: T): boolean {
    return this.#set?.delete(value) ?? false;
  }

  clear(): void {
    this.#set?.clear();
  }

  values(): SetIterator<T> {
    return (this.#set ?? new Set<T>()).values();
  }

  [Symbol.iterator](): SetIterator<T> {
    return this.values();
  }
}
