//! The service with `rumqttc` as a client that nobody here wrote.
