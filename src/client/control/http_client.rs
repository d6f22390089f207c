//! The HTTP client of the AWS SDK, which chooses the proxy for each request.

use aws_sdk_iot::config::http::HttpRequest;
use aws_sdk_iot::config::{HttpClient, RuntimeComponents, SharedHttpClient};
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::{Builder, ConnectorBuilder};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::result::ConnectorError;

use crate::control::proxies::Proxies;

/// A client that uses these proxies.
pub(crate) fn http_client(proxies: Proxies) -> SharedHttpClient {
    SharedHttpClient::new(Routes {
        direct: route(ProxyConfig::disabled()),
        http: through(&proxies, "http"),
        https: through(&proxies, "https"),
        proxies,
    })
}

/// A proxy that cannot be used because it is not a URL; the value may hold a password.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the proxy in {0} is not a URL such as http://proxy.example.com:3128")]
struct NotAProxy(&'static str);

type Through = Option<Result<SharedHttpClient, NotAProxy>>;

#[derive(Debug, Clone)]
struct Routes {
    proxies: Proxies,
    direct: SharedHttpClient,
    http: Through,
    https: Through,
}

/// One route for all requests. It keeps connections, and loads the authorities on the first request.
fn route(proxy: ProxyConfig) -> SharedHttpClient {
    Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector =
            ConnectorBuilder::default().tls_provider(Provider::Rustls(CryptoMode::AwsLc));
        connector.set_connector_settings(settings.cloned());
        connector.set_proxy_config(Some(proxy.clone()));
        if let Some(components) = components {
            connector.set_sleep_impl(components.sleep_impl());
        }
        connector.build()
    })
}

/// The route through the proxy for a scheme.
fn through(proxies: &Proxies, scheme: &str) -> Through {
    let proxy = proxies.for_scheme(scheme)?;
    let config = ProxyConfig::all(proxy.url());
    Some(config.map(route).map_err(|_| NotAProxy(proxy.variable)))
}

impl HttpClient for Routes {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Router {
            routes: self.clone(),
            settings: settings.clone(),
            components: components.clone(),
        })
    }
}

#[derive(Debug)]
struct Router {
    routes: Routes,
    settings: HttpConnectorSettings,
    components: RuntimeComponents,
}

impl HttpConnector for Router {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let url = request.uri();
        let through = match self.routes.proxies.for_url(url) {
            None => None,
            Some(_) if url.starts_with("https:") => self.routes.https.as_ref(),
            Some(_) => self.routes.http.as_ref(),
        };
        let client = match through {
            None => &self.routes.direct,
            Some(Ok(client)) => client,
            Some(Err(error)) => {
                let error = ConnectorError::user(error.clone().into());
                return HttpConnectorFuture::ready(Err(error));
            }
        };
        let connector = client.http_connector(&self.settings, &self.components);
        connector.call(request)
    }
}
