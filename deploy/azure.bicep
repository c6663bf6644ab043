// The server as an Azure Web App: a plan of Linux and a container on it.

@description('The image, such as NAME.azurecr.io/segbench:1.')
param image string

@description('What clients must show.')
@secure()
@minLength(16)
param token string

param name string = 'segbench-${uniqueString(resourceGroup().id)}'
param location string = resourceGroup().location

resource plan 'Microsoft.Web/serverfarms@2023-12-01' = {
  name: '${name}-plan'
  location: location
  kind: 'linux'
  sku: { name: 'P1v3' }
  properties: { reserved: true }
}

resource registry 'Microsoft.ContainerRegistry/registries@2023-07-01' existing = {
  name: split(image, '.')[0]
}

resource site 'Microsoft.Web/sites@2023-12-01' = {
  name: name
  location: location
  kind: 'app,linux,container'
  identity: { type: 'SystemAssigned' }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    siteConfig: {
      linuxFxVersion: 'DOCKER|${image}'
      acrUseManagedIdentityCreds: true
      alwaysOn: true
      healthCheckPath: '/healthz'
      appSettings: [
        { name: 'WEBSITES_PORT', value: '8080' }
        { name: 'PORT', value: '8080' }
        { name: 'SEGBENCH_TOKEN', value: token }
      ]
    }
  }
}

// Lets the site fetch the image: the role AcrPull.
resource pull 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(registry.id, site.id, 'AcrPull')
  scope: registry
  properties: {
    principalId: site.identity.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '7f951dda-4ed3-4680-a7ca-43fe172d538d')
  }
}

output address string = 'https://${site.properties.defaultHostName}'
