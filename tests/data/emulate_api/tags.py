"""Tags, and the pages of long answers."""

from face import PREFIX, available, create, fails, redshift

names = [f"{PREFIX}-{number:02}" for number in range(21)]
for number, name in enumerate(names):
    create(name, Tags=[{"Key": "parity", "Value": "odd" if number % 2 else "even"}])

pages = list(redshift.get_paginator("describe_clusters").paginate(PaginationConfig={"PageSize": 20}))
assert [len(page["Clusters"]) for page in pages] == [20, 1]
assert [one["ClusterIdentifier"] for page in pages for one in page["Clusters"]] == names
fails("InvalidParameterValue", redshift.describe_clusters, MaxRecords=5)
fails("InvalidParameterValue", redshift.describe_clusters, Marker="made up")

odd = redshift.describe_clusters(TagKeys=["parity"], TagValues=["odd"])["Clusters"]
assert [one["ClusterIdentifier"] for one in odd] == names[1::2]
assert len(redshift.describe_clusters(TagKeys=["nothing", "parity"])["Clusters"]) == 21
assert redshift.describe_clusters(TagValues=["neither"])["Clusters"] == []

arn = f"arn:aws:redshift:eu-west-1:123456789012:cluster:{names[0]}"
redshift.create_tags(ResourceName=arn, Tags=[{"Key": "a&b", "Value": "<ü>"}, {"Key": "parity", "Value": "none"}])
tagged = redshift.describe_tags(ResourceName=arn)["TaggedResources"]
assert [(one["Tag"]["Key"], one["Tag"]["Value"]) for one in tagged] == [("a&b", "<ü>"), ("parity", "none")]
assert all((one["ResourceName"], one["ResourceType"]) == (arn, "cluster") for one in tagged)
redshift.delete_tags(ResourceName=arn, TagKeys=["a&b"])
pages = redshift.get_paginator("describe_tags").paginate(ResourceType="cluster", PaginationConfig={"PageSize": 20})
assert [len(page["TaggedResources"]) for page in pages] == [20, 1]
fails("ResourceNotFoundFault", redshift.create_tags, ResourceName=arn + "x", Tags=[{"Key": "a", "Value": "b"}])
fails("InvalidTagFault", redshift.create_tags, ResourceName="nonsense", Tags=[{"Key": "a", "Value": "b"}])
fails("InvalidTagFault", redshift.create_tags, ResourceName=arn, Tags=[{"Key": "aws:x", "Value": "b"}])
many = [{"Key": str(number), "Value": ""} for number in range(50)]
fails("TagLimitExceededFault", redshift.create_tags, ResourceName=arn, Tags=many)
for name in names:
    available(name)
    redshift.delete_cluster(ClusterIdentifier=name, SkipFinalClusterSnapshot=True)
