// A provider for Terraform with the resources of the provider for AWS, which the tests cannot fetch: their arguments come from a
// file that the tests make of the real provider's generated types (terraform.ts). It creates nothing. It accepts what is planned,
// and answers with values for what AWS would decide.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	dataschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	providerschema "github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// An attribute as the tests describe it.
type attribute struct {
	Type     string // string, number, bool, strings, map
	Required bool
	Computed bool
}

type block struct {
	Attributes map[string]attribute
	Blocks     map[string]block
}

type description struct {
	Resources map[string]block
	Data      map[string]block
}

func described() description {
	content, err := os.ReadFile(os.Getenv("PROVIDER_SCHEMA"))
	if err != nil {
		log.Fatal(err)
	}
	var described description
	if err := json.Unmarshal(content, &described); err != nil {
		log.Fatal(err)
	}
	return described
}

func (a attribute) schema() schema.Attribute {
	optional := !a.Required && !a.Computed
	switch a.Type {
	case "string":
		return schema.StringAttribute{Required: a.Required, Optional: optional, Computed: a.Computed}
	case "number":
		return schema.NumberAttribute{Required: a.Required, Optional: optional, Computed: a.Computed}
	case "bool":
		return schema.BoolAttribute{Required: a.Required, Optional: optional, Computed: a.Computed}
	case "strings":
		return schema.ListAttribute{ElementType: types.StringType, Required: a.Required, Optional: optional, Computed: a.Computed}
	case "map":
		return schema.MapAttribute{ElementType: types.StringType, Required: a.Required, Optional: optional, Computed: a.Computed}
	}
	log.Fatalf("there is no type %q", a.Type)
	return nil
}

func (b block) schema() (map[string]schema.Attribute, map[string]schema.Block) {
	attributes := map[string]schema.Attribute{}
	for name, a := range b.Attributes {
		attributes[name] = a.schema()
	}
	blocks := map[string]schema.Block{}
	for name, nested := range b.Blocks {
		inner, blocksInside := nested.schema()
		blocks[name] = schema.ListNestedBlock{NestedObject: schema.NestedBlockObject{Attributes: inner, Blocks: blocksInside}}
	}
	return attributes, blocks
}

// The same for data, whose attributes the provider may all set.
func (a attribute) data() dataschema.Attribute {
	if a.Type == "strings" {
		return dataschema.ListAttribute{ElementType: types.StringType, Optional: true}
	}
	return dataschema.StringAttribute{Required: a.Required, Optional: !a.Required, Computed: !a.Required}
}

func (b block) data() (map[string]dataschema.Attribute, map[string]dataschema.Block) {
	attributes := map[string]dataschema.Attribute{}
	for name, a := range b.Attributes {
		attributes[name] = a.data()
	}
	blocks := map[string]dataschema.Block{}
	for name, nested := range b.Blocks {
		inner, blocksInside := nested.data()
		blocks[name] = dataschema.ListNestedBlock{NestedObject: dataschema.NestedBlockObject{Attributes: inner, Blocks: blocksInside}}
	}
	return attributes, blocks
}

type standIn struct{ description }

func (standIn) Metadata(_ context.Context, _ provider.MetadataRequest, response *provider.MetadataResponse) {
	response.TypeName = "aws"
}
func (standIn) Schema(_ context.Context, _ provider.SchemaRequest, response *provider.SchemaResponse) {
	response.Schema = providerschema.Schema{Attributes: map[string]providerschema.Attribute{
		"region": providerschema.StringAttribute{Optional: true},
	}}
}
func (standIn) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {}
func (p standIn) Resources(context.Context) []func() resource.Resource {
	made := []func() resource.Resource{}
	for name, description := range p.description.Resources {
		made = append(made, func() resource.Resource { return thing{name, description} })
	}
	return made
}
func (p standIn) DataSources(context.Context) []func() datasource.DataSource {
	made := []func() datasource.DataSource{}
	for name, description := range p.Data {
		made = append(made, func() datasource.DataSource { return fact{name, description} })
	}
	return made
}

type fact struct {
	name        string
	description block
}

func (f fact) Metadata(_ context.Context, _ datasource.MetadataRequest, response *datasource.MetadataResponse) {
	response.TypeName = f.name
}
func (f fact) Schema(_ context.Context, _ datasource.SchemaRequest, response *datasource.SchemaResponse) {
	attributes, blocks := f.description.data()
	response.Schema = dataschema.Schema{Attributes: attributes, Blocks: blocks}
}
func (f fact) Read(_ context.Context, request datasource.ReadRequest, response *datasource.ReadResponse) {
	read, err := tftypes.Transform(request.Config.Raw, func(path *tftypes.AttributePath, value tftypes.Value) (tftypes.Value, error) {
		if len(path.Steps()) != 1 || !value.IsNull() || !value.Type().Is(tftypes.String) {
			return value, nil
		}
		if path.LastStep() == tftypes.AttributeName("json") {
			return tftypes.NewValue(tftypes.String, `{"Statement":[]}`), nil
		}
		return tftypes.NewValue(tftypes.String, fmt.Sprintf("%s.%s", f.name, path.LastStep())), nil
	})
	if err != nil {
		log.Fatal(err)
	}
	response.State.Raw = read
}

type thing struct {
	name        string
	description block
}

func (t thing) Metadata(_ context.Context, _ resource.MetadataRequest, response *resource.MetadataResponse) {
	response.TypeName = t.name
}
func (t thing) Schema(_ context.Context, _ resource.SchemaRequest, response *resource.SchemaResponse) {
	attributes, blocks := t.description.schema()
	response.Schema = schema.Schema{Attributes: attributes, Blocks: blocks}
}

// The plan, with a value for everything that AWS decides.
func (t thing) settle(planned tftypes.Value) tftypes.Value {
	settled, err := tftypes.Transform(planned, func(path *tftypes.AttributePath, value tftypes.Value) (tftypes.Value, error) {
		if value.IsKnown() {
			return value, nil
		}
		if value.Type().Is(tftypes.String) {
			return tftypes.NewValue(tftypes.String, fmt.Sprintf("%s.%s", t.name, path.LastStep())), nil
		}
		return tftypes.NewValue(value.Type(), nil), nil
	})
	if err != nil {
		log.Fatal(err)
	}
	return settled
}

func (t thing) Create(_ context.Context, request resource.CreateRequest, response *resource.CreateResponse) {
	response.State.Raw = t.settle(request.Plan.Raw)
}
func (t thing) Update(_ context.Context, request resource.UpdateRequest, response *resource.UpdateResponse) {
	response.State.Raw = t.settle(request.Plan.Raw)
}
func (thing) Read(_ context.Context, request resource.ReadRequest, response *resource.ReadResponse) {
	response.State.Raw = request.State.Raw
}
func (thing) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}

func main() {
	description := described()
	err := providerserver.Serve(context.Background(), func() provider.Provider { return standIn{description} },
		providerserver.ServeOpts{Address: "registry.terraform.io/hashicorp/aws"})
	if err != nil {
		log.Fatal(err)
	}
}
