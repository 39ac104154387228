using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Upgrade;

/// <summary>The body of a function has no place for initializers: those that upgrading made become Constant nodes.</summary>
internal static class StoredConstants
{
    /// <summary>Puts a Constant node at the start of the graph for each of its initializers.</summary>
    public static void ToNodes(Graph body)
    {
        Value[] stored = [.. body.Initializers];
        for (int i = 0; i < stored.Length; i++)
        {
            Tensor content = stored[i].Initializer!;
            Value constant = body.AddValue($"{stored[i].Name}_constant", content.Type, Shape.Of(content.Dims));
            body.Insert(i, "Constant", "", constant.Name, [], [constant], NodeAttribute.Of("value", content));
            stored[i].ReplaceUsesBy(constant);
            body.Remove(stored[i]);
        }
    }
}
