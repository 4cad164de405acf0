//! What is put into the world from outside: task definitions, objects and
//! secrets.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    ContainerDefinition, Millis, Object, PortMapping, Refusal, Secret, TaskDefinition,
    TaskDefinitionStatus, World,
};

impl World {
    /// Registers the next revision of a task definition
    /// (`RegisterTaskDefinition`) from its JSON, as in `taskdef.json`, and
    /// returns its ARN. The JSON is kept, with `taskDefinitionArn`, `revision`
    /// and `status` added.
    pub fn register_task_definition(&mut self, raw: Value, now: Millis) -> Result<String, Refusal> {
        let invalid = |message: &str| Refusal::new("ClientException", message);
        let Value::Object(mut raw) = raw else {
            return Err(invalid("A task definition must be a JSON object."));
        };
        let family = match raw.get("family").and_then(Value::as_str) {
            Some(family) if !family.is_empty() && !family.contains([':', '/']) => family.to_owned(),
            Some(_) => return Err(invalid("Family contains invalid characters.")),
            None => return Err(invalid("Family should not be null or empty.")),
        };
        let containers = match raw.get("containerDefinitions").and_then(Value::as_array) {
            Some(list) if !list.is_empty() => list
                .iter()
                .map(read_container)
                .collect::<Result<Vec<_>, _>>()?,
            _ => return Err(invalid("Container list cannot be empty.")),
        };
        let network_mode = raw
            .get("networkMode")
            .and_then(Value::as_str)
            .unwrap_or("bridge")
            .to_owned();
        let revisions = self.task_definitions.iter().filter(|t| t.family == family);
        let revision = revisions
            .map(|t| t.revision)
            .max()
            .unwrap_or(0)
            .saturating_add(1);
        let arn = self.arn("ecs", &format!("task-definition/{family}:{revision}"));
        raw.insert("taskDefinitionArn".to_owned(), arn.clone().into());
        raw.insert("revision".to_owned(), revision.into());
        raw.insert(
            "status".to_owned(),
            TaskDefinitionStatus::Active.as_str().into(),
        );
        self.task_definitions.push(TaskDefinition {
            arn: arn.clone(),
            family,
            revision,
            status: TaskDefinitionStatus::Active,
            network_mode,
            containers,
            raw: Value::Object(raw),
            registered_at: now,
        });
        Ok(arn)
    }

    /// Makes a task definition inactive (`DeregisterTaskDefinition`); `false`
    /// when there is none of that ARN or `family:revision`.
    pub fn deregister_task_definition(&mut self, name: &str) -> bool {
        let arn = self.task_definition(name).map(|t| t.arn.clone());
        let found = (self.task_definitions.iter_mut()).find(|t| Some(&t.arn) == arn.as_ref());
        found.is_some_and(|t| {
            t.status = TaskDefinitionStatus::Inactive;
            if let Some(raw) = t.raw.as_object_mut() {
                raw.insert("status".to_owned(), t.status.as_str().into());
            }
            true
        })
    }

    /// Writes an object to S3 and returns its etag, without quotes.
    pub fn put_object(&mut self, bucket: &str, key: &str, bytes: Vec<u8>, now: Millis) -> String {
        let object = Object::new(bucket, key, bytes, now);
        let etag = object.etag.clone();
        self.objects.put(object);
        etag
    }

    /// Deletes an object from S3; `false` when there was none.
    pub fn delete_object(&mut self, bucket: &str, key: &str) -> bool {
        self.objects.delete(bucket, key)
    }

    /// Puts a secret, in place of one of the same name, and returns its ARN.
    pub fn put_secret(&mut self, name: &str, value: &str, now: Millis) -> String {
        let version_id = self.next_uuid();
        if let Some(secret) = self.secrets.iter_mut().find(|s| s.name == name) {
            secret.value = value.to_owned();
            secret.version_id = version_id;
            return secret.arn.clone();
        }
        let suffix = self.next_hex(6);
        let arn = self.arn("secretsmanager", &format!("secret:{name}-{suffix}"));
        self.secrets.push(Secret {
            arn: arn.clone(),
            name: name.to_owned(),
            value: value.to_owned(),
            version_id,
            created_at: now,
        });
        arn
    }
}

fn read_container(raw: &Value) -> Result<ContainerDefinition, Refusal> {
    let Some(name) = raw
        .get("name")
        .and_then(Value::as_str)
        .filter(|n| !n.is_empty())
    else {
        return Err(Refusal::new(
            "ClientException",
            "Container.name should not be null or empty.",
        ));
    };
    let mut port_mappings = Vec::new();
    for mapping in raw
        .get("portMappings")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let port = |key| {
            mapping
                .get(key)
                .and_then(Value::as_u64)
                .map(u16::try_from)
                .transpose()
        };
        let (Ok(Some(container_port)), Ok(host_port)) = (port("containerPort"), port("hostPort"))
        else {
            return Err(Refusal::new(
                "ClientException",
                format!("Invalid port mapping in container '{name}'."),
            ));
        };
        let protocol = mapping
            .get("protocol")
            .and_then(Value::as_str)
            .unwrap_or("tcp");
        port_mappings.push(PortMapping {
            container_port,
            host_port,
            protocol: protocol.to_owned(),
        });
    }
    let labels = raw
        .get("dockerLabels")
        .and_then(Value::as_object)
        .into_iter()
        .flatten();
    let docker_labels: BTreeMap<_, _> = labels
        .filter_map(|(k, v)| Some((k.clone(), v.as_str()?.to_owned())))
        .collect();
    Ok(ContainerDefinition {
        name: name.to_owned(),
        image: raw
            .get("image")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned(),
        essential: raw
            .get("essential")
            .and_then(Value::as_bool)
            .unwrap_or(true),
        port_mappings,
        docker_labels,
    })
}
