-- What pandoc makes of a report as one page: everything that it links to within its folder is in the page.

-- The text of a file as an address that holds it.
local function data(path, kind)
  local file = io.open(path, "rb")
  if not file then return nil end
  local text = file:read("a")
  file:close()
  local escaped = text:gsub("[^%w%-_.~]", function(byte) return ("%%%02X"):format(byte:byte()) end)
  return ("data:%s;charset=utf-8,%s"):format(kind, escaped)
end

local kinds = { csv = "text/csv", md = "text/markdown" }

function Link(link)
  if link.target:match("^%a+:") or link.target:match("^#") then return nil end
  local name, ending = link.target:match("([^/]+)%.(%a+)$")
  local held = name and name ~= "report" and kinds[ending] and data(link.target, kinds[ending])
  -- Another report can't be reached from a page that is alone.
  if not held then return link.content end
  link.target = held
  link.attributes.download = ("%s.%s"):format(name, ending)
  return link
end

-- Rows may be many: a table scrolls by itself.
function Table(block)
  return pandoc.Div({ block }, pandoc.Attr("", { "table" }))
end

-- A figure's caption stands below it in italics: it isn't wanted twice.
function Para(block)
  if #block.content == 1 and block.content[1].t == "Image" then
    local image = block.content[1]
    local figure = pandoc.Image({}, image.src, "", { alt = pandoc.utils.stringify(image.caption) })
    return pandoc.Div({ pandoc.Plain({ figure }) }, pandoc.Attr("", { "figure" }))
  end
end

-- The page's title is the report's, its language that of the file's name.
function Pandoc(document)
  for _, block in ipairs(document.blocks) do
    if block.t == "Header" and block.level == 1 then
      document.meta.pagetitle = pandoc.utils.stringify(block)
      break
    end
  end
  document.meta.lang = PANDOC_STATE.input_files[1]:match("%.(%a%a)%.md$") or "en"
  return document
end
