/** Where large JSON lies; R2 behind it. */
export interface Blobs {
  get(key: string): Promise<string | null>;
  put(key: string, text: string): Promise<void>;
}
