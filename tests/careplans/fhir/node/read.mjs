// Reads the server with fhir-kit-client, page after page. Prints how many of each type there are, and what one plan says.
import { Client } from 'fhir-kit-client';

const [baseUrl, token] = process.argv.slice(2);
const client = new Client({ baseUrl, customHeaders: { Authorization: `Token ${token}` } });
const statement = await client.capabilityStatement();
const counts = {};
// The audit trail is for administrators alone.
for (const { type } of statement.rest[0].resource.filter((one) => one.type !== 'AuditEvent')) {
  let bundle = await client.search({ resourceType: type, searchParams: { _count: 20 } });
  counts[type] = 0;
  while (bundle) {
    counts[type] += (bundle.entry ?? []).length;
    bundle = await client.nextPage({ bundle });
  }
}
const plans = await client.search({ resourceType: 'CarePlan', searchParams: { status: 'active' } });
const plan = await client.read({ resourceType: 'CarePlan', id: plans.entry[0].resource.id });
const version = plan.extension.find((one) => one.url.endsWith('/content-version')).valuePositiveInt;
const signed = await client.vread({ resourceType: 'CarePlan', id: plan.id, version: String(version) });
const patient = await client.resolve({ reference: plan.subject.reference });
console.log(JSON.stringify({ counts, plan: plan.id, activities: signed.activity.length, gender: patient.gender }));
