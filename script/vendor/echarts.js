// What of ECharts the pictures of reports use: bundled into static/vendor/echarts/ by `npm run vendor`, and by nothing else.
import { BarChart, BoxplotChart, LineChart, SankeyChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

use([AriaComponent, BarChart, BoxplotChart, GridComponent, LegendComponent, LineChart, SankeyChart, SVGRenderer, TooltipComponent]);

window.echarts = { init };
