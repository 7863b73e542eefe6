import type { Catalogue } from '../../../shared/domain/catalogue.ts';
import { validateDefinition } from '../../../shared/domain/validate-definition.ts';
import type { WorkflowDefinition } from '../../../shared/schemas/workflow.ts';
import { CATALOGUE } from './definition-samples.ts';

/** `CODE path: message` of every violation. */
export function problems(definition: WorkflowDefinition, catalogue: Catalogue = CATALOGUE): string[] {
  return validateDefinition(definition, catalogue).violations.map(
    ({ code, path, message }) => `${code} ${path}: ${message}`,
  );
}
