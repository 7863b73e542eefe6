import { inject } from 'vitest';
import { createApi } from '../stack/api.ts';

/** The API of the one stack that all end-to-end tests share. */
export const { call, data, ended, getExecution, start, stream } = createApi(inject('stack'));
